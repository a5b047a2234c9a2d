// The tool of LLVM that makes one profile of many. rustup has it as a component, other systems as a package of their own.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = process.platform === 'win32' ? 'llvm-profdata.exe' : 'llvm-profdata';
/** Where Debian and its descendants keep LLVM, one folder per version. */
const SYSTEM = '/usr/lib';

/**
 * The path of `llvm-profdata`: `$LLVM_PROFDATA`, rustup's `llvm-tools`, the path, the newest of the system. `undefined`
 * where there is none.
 *
 * One that is older than the compiler's LLVM will do as long as it knows the version of the raw profiles, which changes
 * seldom: 19 reads those of 22. If it does not, merging fails and says so.
 */
export function findLlvmProfdata() {
  const given = process.env.LLVM_PROFDATA;
  const candidates = given ? [given] : [rustup(), NAME, ...system()];
  return candidates.find((path) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0);
}

function rustup() {
  const print = (what) => spawnSync('rustc', ['--print', what], { encoding: 'utf8' }).stdout?.trim() ?? '';
  return join(print('sysroot'), 'lib', 'rustlib', print('host-tuple'), 'bin', NAME);
}

function system() {
  if (!existsSync(SYSTEM)) return [];
  const versions = readdirSync(SYSTEM).flatMap((name) => /^llvm-(\d+)$/.exec(name)?.[1] ?? []);
  return versions.sort((a, b) => b - a).map((version) => join(SYSTEM, `llvm-${version}`, 'bin', NAME));
}
