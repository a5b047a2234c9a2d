// Who is measured, and how each is started: as its own documentation says for production, with no log line per request,
// no authentication of callers (but for one of ours). One process where that is the default; what a core costs is in the CPU
// column.
//
// A subject is `{ prepare, headers }`. `prepare({ port, upstream, folder })` writes what it needs into `folder` and
// returns the command: `{ command, args, env }`. `upstream` is the mock's `host:port`.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonWith } from '../../scripts/python.mjs';
import { root } from '../../scripts/setup.mjs';
import { installedVersions } from '../runner/environment.mjs';
import { installPeers, pinnedNode } from '../runner/programs.mjs';
import { auriko, litellm, nginx } from './configurations.mjs';

/** Newest version whose dependencies the registry had in November 2026. */
const LITELLM = '1.106.2';

/** The load generator straight at the mock upstream. */
export const DIRECT = 'no gateway';
export const PASS_THROUGH = 'pass-through (hyper)';
export const OURS = 'auriko (binary)';
/** Ours with a key, a rate limit and an enforced budget, none of which is ever used up. */
export const GUARDED = 'auriko (keys, budgets)';

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
        args: [...args, '--port', port, '--config', file, '--data-dir', join(folder, 'data')],
      };
    },
  };
}

function guardedSubject(command) {
  let key;
  const subject = aurikoSubject(() => ({ command, args: [] }));
  return {
    ...subject,
    headers: () => ({ authorization: `Bearer ${key}` }),
    prepare: (place) => {
      const directory = ['--data-dir', join(place.folder, 'data')];
      const limits = ['--rpm', '1000000000', '--budget-usd', '1000000'];
      const made = spawnSync(
        command,
        ['keys', 'create', '--name', 'bench', '--json', ...limits, ...directory],
        {
          encoding: 'utf8',
        },
      );
      if (made.status !== 0) throw new Error(`no key was made: ${made.stderr}`);
      key = JSON.parse(made.stdout).api_key;
      return subject.prepare(place);
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
    headers: (upstream) => ({
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://${upstream}/v1`,
    }),
    prepare: ({ port }) => ({
      command: pinnedNode(),
      args: [script, `--port=${port}`, '--headless'],
      env: { NODE_ENV: 'production' },
    }),
  };
}
