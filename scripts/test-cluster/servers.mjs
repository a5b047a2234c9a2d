// PostgreSQL and Redis of one run, on Unix sockets in folders of their own. Both can be stopped, suspended and started
// again in the same folder.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './wait.mjs';

/** A program's path, also where Debian hides those of PostgreSQL. */
export function find(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const postgres = '/usr/lib/postgresql';
  if (existsSync(postgres)) {
    const versions = readdirSync(postgres).sort((one, other) => Number(other) - Number(one));
    folders.push(...versions.map((version) => join(postgres, version, 'bin')));
  }
  const files = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return files.find((file) => existsSync(file));
}

/** What a cluster needs and is not installed. */
export function missing() {
  const programs = [
    ['postgres'],
    ['initdb'],
    ['psql'],
    ['redis-server', 'valkey-server'],
    ['redis-cli', 'valkey-cli'],
  ];
  return programs.filter((names) => find(...names) === undefined).map(([name]) => name);
}

/** A folder that goes with this process. Its name is short: the path of a Unix socket has at most 107 bytes. */
export function scratch() {
  const folder = mkdtempSync(join(process.platform === 'win32' ? tmpdir() : '/tmp', 'ak'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A server process that can be stopped and started again. */
class Server {
  #child;
  #exited = Promise.resolve();

  constructor(command) {
    this.command = command;
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  async start() {
    const child = spawn(this.command[0], this.command.slice(1), { stdio: 'ignore' });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', resolve));
    await eventually(`${this.command[0]} answers`, () => this.isReady());
  }

  /** To its own process, and then to those that it has started. */
  signal(name) {
    const id = this.#child.pid;
    process.kill(id, name);
    const children = readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').trim();
    for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), name);
  }

  async stop(signal = this.stopSignal) {
    this.#child.kill(signal);
    await this.#exited;
  }
}

export class Postgres extends Server {
  stopSignal = 'SIGINT';
  #names = 0;

  constructor() {
    const folder = scratch();
    const data = join(folder, 'data');
    // It refuses to run as root.
    const user =
      process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
    if (user.length > 0) spawnSync('chown', ['postgres', folder]);
    const init = [
      ...user,
      find('initdb'),
      '-D',
      data,
      '-A',
      'trust',
      '-U',
      'postgres',
      '--no-sync',
      '-E',
      'UTF8',
    ];
    const made = spawnSync(init[0], init.slice(1), { cwd: folder, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    const settings = ['fsync=off', 'max_connections=200', 'listen_addresses='].flatMap((setting) => [
      '-c',
      setting,
    ]);
    super([...user, find('postgres'), '-D', data, '-k', folder, ...settings]);
    this.folder = folder;
  }

  /** From now on another database, an empty one. */
  renew() {
    this.#names += 1;
    const { status, stderr } = this.#psql(`CREATE DATABASE test_${this.#names}`, 'postgres');
    if (status !== 0) throw new Error(`no database could be made: ${stderr}`);
    this.url = `postgresql://postgres@${encodeURIComponent(this.folder)}/${this.#database}`;
  }

  get #database() {
    return this.#names === 0 ? 'postgres' : `test_${this.#names}`;
  }

  isReady() {
    return this.#psql('SELECT 1').status === 0;
  }

  /** The only number of a query. */
  number(sql) {
    const { status, stdout, stderr } = this.#psql(sql);
    if (status !== 0) throw new Error(`psql failed: ${stderr}`);
    return Number(stdout.trim());
  }

  #psql(sql, database = this.#database) {
    const how = ['-h', this.folder, '-U', 'postgres', '-X', '-A', '-t'];
    return spawnSync(find('psql'), [...how, '-c', sql, database], { encoding: 'utf8' });
  }
}

export class Redis extends Server {
  stopSignal = 'SIGTERM';

  /** `isKept`: it writes an append-only file. */
  constructor({ isKept = false } = {}) {
    const folder = scratch();
    const socket = join(folder, 'redis.sock');
    const kept = ['--appendonly', isKept ? 'yes' : 'no', '--save', ''];
    super([
      find('redis-server', 'valkey-server'),
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--dir',
      folder,
      ...kept,
    ]);
    this.socket = socket;
    this.url = `unix://${socket}`;
  }

  isReady() {
    return this.#ask('PING') === 'PONG';
  }

  /** How many reservations have not ended. */
  held() {
    const names = this.#ask('KEYS', '*live:*').split('\n').filter(Boolean);
    return names.reduce((sum, name) => sum + Number(this.#ask('HLEN', name)), 0);
  }

  /** How many breakers are known to all replicas. */
  breakers() {
    return Number(this.#ask('HLEN', 'auriko:breakers'));
  }

  #ask(...command) {
    const { stdout } = spawnSync(find('redis-cli', 'valkey-cli'), ['-s', this.socket, ...command], {
      encoding: 'utf8',
    });
    return stdout.trim();
  }
}
