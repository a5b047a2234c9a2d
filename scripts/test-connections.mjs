// `npm run test:connections`: ten thousand connections that do nothing must not keep the gateway from serving. Half of them
// never say a word, half asked once and stay. It needs many files, so it is no part of `npm test`. Linux only: it reads /proc.
// Options: --connections N (10,000), --binary FILE (a gateway's program instead of the package's command).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './processes.mjs';
import { fail, root, setUp } from './setup.mjs';

/** Files of a process besides its connections: libraries, event loops, the program's own. */
const SPARE_FILES = 200;
/** Connections that are opened at a time: fewer than the system's queue holds. */
const AT_A_TIME = 100;

const { values: options } = parseArgs({
  options: { connections: { type: 'string', default: '10000' }, binary: { type: 'string' } },
});
const count = Number(options.connections);

try {
  if (!(Number.isInteger(count) && count >= 2))
    throw new Error('--connections must be an integer of at least 2');
  if (raiseFileLimit(count + SPARE_FILES)) {
    if (options.binary === undefined) await setUp();
    await check();
  }
} catch (error) {
  fail(error);
}

/** Whether there are files enough in this process; if they can be had in another one, that is started instead. */
function raiseFileLimit(needed) {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  const number = (text) => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));
  if (number(soft) >= needed) return true;
  if (number(hard) < needed) {
    throw new Error(
      `${count} connections need ${needed} files in each process, and no process may have more than ${hard} here. ` +
        'Raise the hard limit (`ulimit -Hn`, LimitNOFILE=), or ask for fewer with --connections',
    );
  }
  const again = [process.execPath, ...process.argv.slice(1)];
  const child = spawn('sh', ['-c', `ulimit -n ${needed} && exec "$@"`, 'sh', ...again], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
  return false;
}

async function check() {
  const own = [process.execPath, join(root, 'dist/cli.js')];
  const [command, ...program] = options.binary === undefined ? own : [options.binary];
  const args = [...program, 'gateway', '--port', '0', '--data-dir', ':memory:'];
  // No vendor's key, so that nobody is asked but the simulated provider.
  const env = { PATH: process.env.PATH };
  const server = await startServer(command, args, { ready: /listens on (\S+)/, env });
  const { hostname, port } = new URL(server.url);
  await serves(server.url);
  const before = rssKib(server.pid);
  const sockets = [];
  let closed = 0;
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(AT_A_TIME, count - sockets.length) }, async (_, index) => {
      const socket = connect({ host: hostname, port: Number(port) });
      await once(socket, 'connect');
      if (index % 2 === 1) await askOnce(socket, hostname);
      socket.on('close', () => {
        closed += 1;
      });
      socket.on('error', () => {});
      return socket;
    });
    sockets.push(...(await Promise.all(batch)));
    // Served while they come, too.
    if (sockets.length % (count / 10) === 0) await serves(server.url);
  }
  const during = rssKib(server.pid);
  const files = openSockets(server.pid);
  for (let time = 0; time < 10; time += 1) await serves(server.url);
  if (closed > 0) throw new Error(`${closed} connections were closed`);
  if (files < count) throw new Error(`the gateway holds ${files} connections only`);
  const perConnection = (during - before) / count;
  console.log(
    `${count} idle connections: requests and streams are served; RSS ${mib(before)} MiB before, ${mib(during)} MiB with them, ` +
      `${perConnection.toFixed(1)} KiB each`,
  );
  for (const socket of sockets) socket.destroy();
  while (openSockets(server.pid) >= count) await new Promise((resolve) => setTimeout(resolve, 10));
  await serves(server.url);
  console.log(`closed again: ${mib(rssKib(server.pid))} MiB`);
  await server.stop();
}

/** A request and a stream, whole. */
async function serves(url) {
  const ask = async (stream) => {
    const body = JSON.stringify({ model: 'simulated', stream, messages: [{ role: 'user', content: 'Hi' }] });
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
    if (!reply.ok) throw new Error(`the gateway answered with ${reply.status}: ${await reply.text()}`);
    return reply.text();
  };
  const reply = JSON.parse(await ask(false));
  if (!reply.choices?.[0]?.message?.content) throw new Error('a reply is empty');
  if (!(await ask(true)).trimEnd().endsWith('data: [DONE]')) throw new Error('a stream is not whole');
}

async function askOnce(socket, host) {
  socket.write(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  let reply = '';
  while (!reply.endsWith('{"status":"ok"}')) {
    const [chunk] = await once(socket, 'data');
    reply += chunk;
  }
}

function rssKib(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function openSockets(pid) {
  const targets = readdirSync(`/proc/${pid}/fd`).map((file) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${file}`);
    } catch {
      // Closed in the meantime.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith('socket:')).length;
}

function mib(kib) {
  return (kib / 1024).toFixed(0);
}
