// On what a run was made.

import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/setup.mjs';

/**
 * Machine, date and versions. Call it before the run: the load then tells whether the machine was quiet.
 *
 * @param profile Cargo profile of our binaries.
 * @param versions Version by name of everything measured; ours is added.
 */
export function describeEnvironment({ rounds, profile, versions }) {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0].model,
    cores: cpus().length,
    os: `${type()} ${release()}`,
    node: readJson('node_modules/node/package.json').version,
    rounds,
    loadBefore: loadavg()[0].toFixed(2),
    profile,
    versions: { auriko: readJson('package.json').version, ...versions },
  };
}

/** Versions of the packages that the manifest in `folder` names, as they are installed there. */
export function installedVersions(folder) {
  const names = Object.keys(readJson(`${folder}/package.json`).dependencies);
  const version = (name) => readJson(`${folder}/node_modules/${name}/package.json`).version;
  return Object.fromEntries(names.map((name) => [name, version(name)]));
}

/** A JSON file of the repository. */
export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
