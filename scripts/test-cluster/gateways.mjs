// Gateways as people run them: the program, in processes of their own.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { scratch } from './servers.mjs';

const TOKEN = 'the-admin-token-of-the-cluster-test';
const BUDGETS = '/v1/workspaces/default/budgets';

/** Dollars per million tokens; 8 tokens of output cost 0.0008 dollars. */
export const PRICES = { input: 1, output: 100 };

/** A simulated provider with prices. */
export const PROVIDER = `[[providers]]
id = "p"
kind = "simulated"
latency_ms = 5
chunk_pace_ms = 0
output_tokens = 8
models = [{ id = "m", input_price = ${PRICES.input}.0, output_price = ${PRICES.output}.0 }]
`;

/** What several gateways have in common. */
export class Fleet {
  #file;
  #arguments;
  #variables = { TOKEN, MASTER_KEY: randomBytes(32).toString('base64') };

  /** `cluster`: its servers; without it, one gateway keeps its data in a directory. */
  constructor(program, { cluster, store = '', providers = PROVIDER } = {}) {
    const folder = scratch();
    let table = '';
    if (cluster !== undefined) {
      Object.assign(this.#variables, { DATABASE_URL: cluster.postgres.url, REDIS_URL: cluster.redis.url });
      table = `[store]\ndatabase_url_env = "DATABASE_URL"\nredis_url_env = "REDIS_URL"\nmaster_key_env = "MASTER_KEY"\n${store}\n`;
    }
    this.#file = join(folder, 'gateway.toml');
    writeFileSync(this.#file, `${table}[access]\nadmin_token_env = "TOKEN"\n${providers}`);
    this.#arguments = ['gateway', '--port', '0', '--data-dir', join(folder, 'data'), '--config', this.#file];
    this.program = program;
  }

  /** Starts one, and waits until it listens. */
  start() {
    const child = spawn(this.program, this.#arguments, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#variables, AURIKO_LOG: 'warn' },
    });
    const log = [];
    createInterface(child.stderr).on('line', (line) => log.push(line));
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    void exited.then(() => process.removeListener('exit', end));
    return new Promise((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const url = /listens on (http:\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(new Gateway(url, child, exited, log));
      });
      void exited.then((code) => reject(new Error(`the gateway ended with code ${code}\n${log.join('\n')}`)));
    });
  }
}

/** One running gateway. */
export class Gateway {
  #agent = new Agent({ keepAlive: true });

  constructor(url, child, exited, log) {
    Object.assign(this, { url, child, exited, log });
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.exited;
    this.#agent.destroy();
  }

  /** Resolves to `{ status, text, headers }`; rejects when the connection breaks. */
  send(method, path, key, body) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const request = send(this.url + path, { method, headers, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece) => {
          text += piece;
        });
        response.once('end', () => resolve({ status: response.statusCode, text, headers: response.headers }));
        response.once('error', reject);
      });
      request.once('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** A management call that succeeds. */
  async manage(method, path, body) {
    const { status, text } = await this.send(method, path, TOKEN, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text);
  }

  /** The key and its id. */
  async makeKey() {
    const scopes = ['inference', 'budgets:read'];
    const made = await this.manage('POST', '/v1/workspaces/default/api-keys', { name: 'caller', scopes });
    return { id: made.id, key: made.api_key };
  }

  async makeBudget(dollars) {
    const fields = { scope_type: 'workspace', period: 'monthly', limit_usd: dollars, enforce: true };
    return await this.manage('POST', BUDGETS, fields);
  }

  /** Nano-dollars. */
  async spent() {
    const { data } = await this.manage('GET', BUDGETS);
    return Math.round(data[0].spend_usd * 1e9);
  }

  async buyCredit(dollars) {
    return await this.manage('POST', '/v1/workspaces/default/billing/credits', { amount_usd: dollars });
  }

  /** Nano-dollars. */
  async spentCredit() {
    const balance = await this.manage('GET', '/v1/workspaces/default/billing/balance');
    return Math.round(balance.lifetime_volume_usd * 1e9);
  }

  /** Sums of the ledger: rows of replies, and nano-dollars. */
  async ledger() {
    const { data } = await this.manage('GET', '/v1/workspaces/default/usage');
    const group = data.find((one) => one.model === 'm') ?? { requests: 0, errors: 0, cost_usd: 0 };
    return { replies: group.requests - group.errors, cost: Math.round(group.cost_usd * 1e9) };
  }
}
