// What an installation brings: a package with everything that it depends on, `ai` excepted, which all of the providers
// are used with.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addonFiles, root } from '../../scripts/setup.mjs';

const PEERS = ['@ai-sdk/openai-compatible', '@openrouter/ai-sdk-provider', 'openai', 'undici'];

/** Kilobytes per package: of itself as a tarball, and of all that is installed with it. */
export function measureSizes() {
  const sizes = { '@auriko/ai-sdk-provider': ours() };
  for (const name of PEERS) {
    const folder = folderOf(name, join(root, 'benches'));
    sizes[name] = total([folder, ...dependenciesOf(folder)].map(sizeOf));
  }
  return sizes;
}

/** The addon is a package of its own per platform, with one file in it. */
function ours() {
  const addons = addonFiles().map((name) => readFileSync(join(root, name)));
  const [addon] = addons;
  return total([
    packed(root),
    { packedKB: gzipSync(addon).length / 1000, installedKB: addon.length / 1000 },
    ...dependenciesOf(root).map(sizeOf),
  ]);
}

function total(sizes) {
  const sum = (key) => sizes.reduce((kilobytes, size) => kilobytes + size[key], 0);
  return { packages: sizes.length, packedKB: sum('packedKB'), installedKB: sum('installedKB') };
}

const sizeOf = (folder) => ({ ...packed(folder), installedKB: folderBytes(folder) / 1000 });

/** What `npm pack` would make; installed is then what it would unpack. */
function packed(folder) {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ size, unpackedSize }] = Object.values(JSON.parse(output));
  return { packedKB: size / 1000, installedKB: unpackedSize / 1000 };
}

/** Folders of all dependencies and required peers, each once. */
function dependenciesOf(folder, found = new Set()) {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest(folder);
  const required = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  for (const name of [...Object.keys(dependencies), ...required]) {
    const dependency = name === 'ai' ? undefined : folderOf(name, folder);
    if (dependency === undefined || found.has(dependency)) continue;
    found.add(dependency);
    dependenciesOf(dependency, found);
  }
  return [...found];
}

function folderOf(name, from) {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.slice(folder.length).includes('node_modules')) bytes += statSync(path).size;
  }
  return bytes;
}
