// Who is measured, and how each is started: as its own documentation says for production, with no log line per request,
// and, but for the one that says so, no authentication of callers. One process where that is the default; what a core
// costs is in the CPU column.
//
// A subject is `{ prepare }`. `prepare({ port, upstream, folder })` writes what it needs into `folder` and returns the
// command, and the headers that its requests need: `{ command, args, env, headers }`. `upstream` is the mock's `host:port`.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonWith } from '../../scripts/python.mjs';
import { root } from '../../scripts/setup.mjs';
import { installedVersions } from '../runner/environment.mjs';
import { cargoInstalled, installPeers, pinnedNode } from '../runner/programs.mjs';
import { auriko, litellm, litellmRs, nginx } from './configurations.mjs';

/** Newest version whose dependencies the registry had in November 2026. */
const LITELLM = '1.106.2';
const NOVEUM = '2.0.1';
const LITELLM_RS = '0.9.0';

/** The load generator straight at the mock upstream. */
export const DIRECT = 'no gateway';
export const PASS_THROUGH = 'pass-through (hyper)';
export const OURS = 'auriko (binary)';
export const GUARDED = 'auriko (keys, budgets)';
/** Other gateways: servers that read what they pass on. */
export const GATEWAYS = ['LiteLLM proxy', 'Portkey gateway', 'Noveum gateway', 'litellm-rs gateway'];

/**
 * Those that this machine can run, by name, with the versions of what is not ours.
 *
 * @param program From a name to the path of one of our binaries.
 * @param wants Whether a name is to be measured.
 */
export async function findSubjects(program, wants) {
  const found = { subjects: {}, versions: {}, missing: [] };
  const add = (name, subject, versions = {}) => {
    found.subjects[name] = subject;
    Object.assign(found.versions, versions);
  };
  const wanted = (name, make) => (wants(name) ? make() : undefined);
  // Everything else is compared with it.
  add(DIRECT, {});
  wanted(PASS_THROUGH, () => add(PASS_THROUGH, passThrough(program)));
  wanted('nginx', () => {
    const { error, stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' });
    if (error) found.missing.push('nginx (not on the path)');
    else add('nginx', nginxSubject(), { nginx: stderr.trim().split('/').at(-1) });
  });
  wanted(OURS, () =>
    add(
      OURS,
      aurikoSubject(() => ({ command: program('auriko-gateway'), args: [] })),
    ),
  );
  wanted(GUARDED, () => add(GUARDED, guardedSubject(program('auriko-gateway'))));
  wanted('auriko (npx)', () => {
    const cli = join(root, 'dist/cli.js');
    add(
      'auriko (npx)',
      aurikoSubject(() => ({ command: pinnedNode(), args: [cli, 'gateway'] })),
    );
  });
  await wanted('LiteLLM proxy', async () => {
    try {
      const python = await pythonWith('bench-litellm', { 'litellm[proxy]': LITELLM });
      add('LiteLLM proxy', litellmSubject(python), { litellm: LITELLM });
    } catch (error) {
      found.missing.push(`LiteLLM proxy (${error.message})`);
    }
  });
  await wanted('Portkey gateway', async () => {
    try {
      await installPeers('benches/gateway');
      add('Portkey gateway', portkeySubject(), installedVersions('benches/gateway'));
    } catch (error) {
      found.missing.push(`Portkey gateway (${error.message})`);
    }
  });
  await wanted('Noveum gateway', async () => {
    try {
      const folder = await cargoInstalled('noveum-ai-gateway', NOVEUM);
      add('Noveum gateway', noveumSubject(join(folder, 'noveum-ai-gateway')), {
        'noveum-ai-gateway': NOVEUM,
      });
    } catch (error) {
      found.missing.push(`Noveum gateway (${error.message})`);
    }
  });
  await wanted('litellm-rs gateway', async () => {
    try {
      const args = ['--bin', 'gateway', '--no-default-features', '--features', 'sqlite'];
      const folder = await cargoInstalled('litellm-rs', LITELLM_RS, args);
      add('litellm-rs gateway', litellmRsSubject(join(folder, 'gateway')), { 'litellm-rs': LITELLM_RS });
    } catch (error) {
      found.missing.push(`litellm-rs gateway (${error.message})`);
    }
  });
  return found;
}

function passThrough(program) {
  return {
    prepare: ({ port, upstream }) => ({
      command: program('pass-through'),
      args: ['--upstream', upstream, '--port', port],
    }),
  };
}

function nginxSubject() {
  return {
    prepare: ({ port, upstream, folder }) => {
      const file = join(folder, 'nginx.conf');
      writeFileSync(file, nginx({ port, upstream, folder }));
      return { command: 'nginx', args: ['-p', folder, '-c', file, '-e', 'stderr'] };
    },
  };
}

function aurikoSubject(start) {
  return {
    isOurs: true,
    prepare: ({ port, upstream, folder }) => {
      const file = join(folder, 'auriko.toml');
      writeFileSync(file, auriko.toml(upstream));
      const { command, args } = start();
      return {
        command,
        args: [
          ...args,
          ...['--port', port],
          ...['--config', file],
          ...['--data-dir', join(folder, 'data')],
          ...['--log-level', 'warn'],
        ],
      };
    },
  };
}

/** A key, an enforced monthly budget of its own and one of the workspace, neither of which is used up. */
function guardedSubject(command) {
  return {
    isOurs: true,
    prepare: (place) => {
      const prepared = aurikoSubject(() => ({ command, args: [] })).prepare(place);
      const run = (...args) => {
        const { status, stdout, stderr } = spawnSync(
          command,
          [...args, '--data-dir', join(place.folder, 'data')],
          { encoding: 'utf8' },
        );
        if (status !== 0) throw new Error(stderr);
        return stdout;
      };
      run('budgets', 'create', '--limit-usd', '1000000');
      const created = run('keys', 'create', '--name', 'bench', '--budget-usd', '1000000', '--json');
      return { ...prepared, headers: { authorization: `Bearer ${JSON.parse(created).api_key}` } };
    },
  };
}

function litellmSubject(python) {
  return {
    prepare: ({ port, upstream, folder }) => {
      const file = join(folder, 'litellm.yaml');
      writeFileSync(file, litellm(upstream));
      return {
        command: join(python, '..', 'litellm'),
        args: ['--config', file, '--host', '127.0.0.1', '--port', port],
        env: {
          // Prices from the package instead of from the network.
          LITELLM_LOCAL_MODEL_COST_MAP: 'True',
          LITELLM_LOG: 'ERROR',
          LITELLM_MODE: 'PRODUCTION',
          // It does not start without a key otherwise; the others check none either.
          LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
        },
      };
    },
  };
}

function portkeySubject() {
  const script = join(root, 'benches/gateway/node_modules/@portkey-ai/gateway/build/start-server.js');
  return {
    prepare: ({ port, upstream }) => ({
      command: pinnedNode(),
      args: [script, `--port=${port}`, '--headless'],
      env: { NODE_ENV: 'production' },
      headers: {
        authorization: 'Bearer sk-bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://${upstream}/v1`,
      },
    }),
  };
}

function noveumSubject(command) {
  return {
    prepare: ({ port, upstream }) => ({
      command,
      args: [],
      env: { PORT: port, HOST: '127.0.0.1', OPENAI_BASE_URL: `http://${upstream}`, RUST_LOG: 'error' },
      headers: { authorization: 'Bearer sk-bench', 'x-provider': 'openai' },
    }),
  };
}

function litellmRsSubject(command) {
  return {
    prepare: (place) => {
      const file = join(place.folder, 'gateway.yaml');
      writeFileSync(file, litellmRs(place));
      return { command, args: ['--config', file], env: { RUST_LOG: 'error' } };
    },
  };
}
