// Python packages that checks need, in virtual environments of their own below .cache.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { root } from './setup.mjs';

/**
 * The interpreter of the virtual environment `name`, which holds `packages` in exactly these versions.
 *
 * @param packages Version by package, such as `{ auriko: '1.2.0' }`.
 */
export async function pythonWith(name, packages) {
  const folder = join(root, '.cache', name);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (holds(python, packages)) {
    console.log(`Python packages (${name}): up to date`);
    return python;
  }
  const wanted = Object.entries(packages).map(([project, version]) => `${project}==${version}`);
  console.log(`Python packages (${name}): pip install ${wanted.join(' ')} …`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted]);
  return python;
}

function holds(python, packages) {
  const program = `
import importlib.metadata, json, sys
wanted = json.loads(sys.argv[1])
sys.exit(any(importlib.metadata.version(name.split("[")[0]) != version for name, version in wanted.items()))`;
  return spawnSync(python, ['-c', program, JSON.stringify(packages)], { stdio: 'ignore' }).status === 0;
}
