// `npm run build:pgo`: the addon and the gateway's program with profile-guided optimisation (PGO), as they are published
// where the machine that builds them can run them: built with counters, run under load, built again with what was
// counted. Three builds with fat link-time optimisation: some twenty minutes on two cores.
// Arguments are passed on to `napi build`. Without `--target` it builds for this machine.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findLlvmProfdata } from './build-pgo/llvm-profdata.mjs';
import { train } from './build-pgo/train.mjs';
import { run } from './processes.mjs';
import { ADDON_SOURCES, buildTestkit, fail, isOlder, npm, root, setUp } from './setup.mjs';

const EXE = process.platform === 'win32' ? '.exe' : '';
const LIBRARIES = { linux: 'libauriko_node.so', darwin: 'libauriko_node.dylib', win32: 'auriko_node.dll' };

/** Everything that this makes, relative to the repository. */
const FOLDER = 'target/pgo';
const INSTRUMENTED = `${FOLDER}/instrumented`;
const OPTIMIZED = `${FOLDER}/optimized`;
const PROFILE = join(root, FOLDER, 'auriko.profdata');

/** What is built, for the target of `args`: `{ gateway, addon }`, relative to the repository. */
export function pgoOutputs(args = []) {
  const folder = `${OPTIMIZED}/${targetOf(args)}/release`;
  return { gateway: `${folder}/auriko-gateway${EXE}`, addon: `${folder}/${LIBRARIES[process.platform]}` };
}

/** Builds with a profile, unless what is there is newer than the sources. */
export async function buildPgo(args = []) {
  if (!isOlder(Object.values(pgoOutputs(args)), ADDON_SOURCES)) return;
  const profdata = findLlvmProfdata();
  if (profdata === undefined)
    throw new Error(
      'llvm-profdata is not installed: `rustup component add llvm-tools`, or name one in LLVM_PROFDATA',
    );
  await setUp();
  const target = targetOf(args);
  const raw = join(root, FOLDER, 'raw');
  rmSync(raw, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });

  // Functions go by names that hold the target and the features: both builds must have the same.
  const instrumented = await build(INSTRUMENTED, target, `-Cprofile-generate=${raw}`);
  const addon = join(root, INSTRUMENTED, 'auriko.node');
  copyFileSync(instrumented(LIBRARIES[process.platform]), addon);
  const testkit = await buildTestkit();
  await train({
    gateway: instrumented(`auriko-gateway${EXE}`),
    addon,
    mockUpstream: testkit('mock-upstream'),
    loadGenerator: testkit('load-generator'),
  });
  const counted = readdirSync(raw).map((name) => join(raw, name));
  if (counted.length < 2)
    throw new Error(`the gateway and the addon left ${counted.length} profiles in ${raw}`);
  await run(profdata, ['merge', '-o', PROFILE, ...counted]);

  const use = `-Cprofile-use=${PROFILE}`;
  await build(OPTIMIZED, target, use, ['auriko-gateway']);
  const named = args.includes('--target') ? [] : ['--target', target];
  process.env.RUSTFLAGS = use;
  try {
    await npm('run', 'build:addon:release', '--', ...named, '--target-dir', OPTIMIZED, ...args);
  } finally {
    delete process.env.RUSTFLAGS;
  }
}

/** Resolves to a function from a file's name to its path. */
async function build(folder, target, flags, packages = ['auriko-gateway', 'auriko-node']) {
  for (const name of packages) {
    const args = [
      'build',
      '--quiet',
      '--release',
      '--target-dir',
      folder,
      '--target',
      target,
      '--package',
      name,
    ];
    await run('cargo', args, { cwd: root, env: { ...process.env, RUSTFLAGS: flags } });
  }
  return (name) => join(root, folder, target, 'release', name);
}

function targetOf(args) {
  const at = args.indexOf('--target');
  if (at >= 0) return args[at + 1];
  const { stdout, error } = spawnSync('rustc', ['--print', 'host-tuple'], { encoding: 'utf8' });
  if (error) throw new Error('cargo is not installed');
  return stdout.trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPgo(process.argv.slice(2)).catch(fail);
}
