// What has to be there before a run: peers, and our own binaries in the profile that is measured.

import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findLlvmProfdata } from '../../scripts/build-pgo/llvm-profdata.mjs';
import { buildPgo, pgoOutputs } from '../../scripts/build-pgo.mjs';
import { run } from '../../scripts/processes.mjs';
import { addonFiles, isOlder, npm, npmIn, root, setUp } from '../../scripts/setup.mjs';

/**
 * The Node that the repository pins, so that two machines measure the same engine; else the one that runs this.
 */
export function pinnedNode() {
  const pinned = join(root, 'node_modules/node/bin/node');
  return existsSync(pinned) ? pinned : process.execPath;
}

/** Installs the packages of the manifest in `folder` if they are missing or older than it. */
export async function installPeers(folder) {
  if (!isOlder([`${folder}/node_modules/.package-lock.json`], [`${folder}/package.json`])) return;
  await npmIn(join(root, folder), 'install', '--no-audit', '--no-fund', '--loglevel=error');
}

/** Installs a program of crates.io, released and with its own lock file; resolves to the folder of its binaries. */
export async function cargoInstalled(name, version, args = []) {
  const folder = join(root, '.cache', `bench-${name}-${version}`);
  if (!existsSync(join(folder, 'bin'))) {
    await run('cargo', ['install', '--quiet', '--locked', `${name}@${version}`, '--root', folder, ...args], {
      cwd: root,
    });
  }
  return join(folder, 'bin');
}

/**
 * The build that is published: `pgo`, the `release` profile with what was counted under load, where the tool for it is
 * installed, else `release`.
 */
export function publishedProfile() {
  return findLlvmProfdata() === undefined ? 'release' : 'pgo';
}

/**
 * Builds the binaries of some crates; resolves to a function from a binary's name to its path. With the profile `pgo` that
 * is the gateway alone; what it is measured with and against is built as `release`.
 */
export async function buildPrograms(packages, profile) {
  if (profile === 'pgo') {
    await buildPgo();
    const isOurs = (name) => name === 'auriko-gateway';
    const others = await buildPrograms(
      packages.filter((name) => !isOurs(name)),
      'release',
    );
    return (name) => (isOurs(name) ? join(root, pgoOutputs().gateway) : others(name));
  }
  const args = packages.flatMap((name) => ['--package', name]);
  await run('cargo', ['build', '--quiet', '--profile', profile, ...args], { cwd: root });
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return (name) => join(targetFolder(), profile, `${name}${suffix}`);
}

/**
 * Sets the repository up, with the addon in `profile`: `fast`, which every-day work uses and which any better one serves
 * as well, or one that is published.
 */
export async function setUpAddon(profile) {
  await setUp();
  if (profile === 'fast' || addonProfile() === profile) return;
  if (profile === 'release') return npm('run', 'build:addon:release');
  await buildPgo();
  if (addonProfile() !== 'pgo') copyFileSync(join(root, pgoOutputs().addon), join(root, addonFiles()[0]));
}

/** With which profile the addon in place was built; `unknown` when its build output is gone. */
export function addonProfile() {
  const addons = addonFiles().map((name) => readFileSync(join(root, name)));
  const isFrom = (profile) =>
    libraries(profile).some((library) => addons.some((addon) => addon.equals(library)));
  return ['pgo', 'release', 'fast'].find(isFrom) ?? 'unknown';
}

/** What cargo made of the addon: napi builds for a named target, which has a folder of its own. */
function libraries(profile) {
  if (profile === 'pgo') {
    const path = join(root, pgoOutputs().addon);
    return existsSync(path) ? [readFileSync(path)] : [];
  }
  const target = targetFolder();
  if (!existsSync(target)) return [];
  return ['.', ...readdirSync(target)]
    .flatMap((folder) =>
      ['libauriko_node.so', 'libauriko_node.dylib', 'auriko_node.dll'].map((name) =>
        join(target, folder, profile, name),
      ),
    )
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path));
}

function targetFolder() {
  return resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
}
