// Makes crates/auriko-routing/catalog.json anew: fetches the price lists that overlay.toml names, in exactly those
// versions, into a folder outside the tree, hands them to `cargo xtask catalog` and writes the types of model ids.
//
//   npm run update:catalog [-- --date YYYY-MM-DD] [--check] [--verbose]
//
// Needs Python with pip for the first list. Without --date the lists are as of the catalogue's own date, so that running
// it twice changes nothing; give today's to bring it up to date.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from './processes.mjs';
import { root } from './setup.mjs';

const CACHE = process.env.AURIKO_CATALOG_CACHE ?? join(tmpdir(), 'auriko-catalog');
const CRATE = join(root, 'crates', 'auriko-routing');

/** The version of a source in overlay.toml. */
function versionOf(name) {
  const overlay = readFileSync(join(CRATE, 'overlay.toml'), 'utf8');
  const start = overlay.indexOf(`name = "${name}"`);
  const version = start < 0 ? null : /^version = "([^"]+)"$/m.exec(overlay.slice(start));
  if (version === null) throw new Error(`overlay.toml names no source ${name} with a version`);
  return version[1];
}

/** The folder of a package, fetched and unpacked by `fetch` unless it is there. */
async function cached(name, fetch) {
  const folder = join(CACHE, name);
  const done = join(folder, 'complete');
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await fetch(folder);
    mkdirSync(done);
  }
  return folder;
}

async function litellm() {
  const version = versionOf('litellm (PyPI)');
  const folder = await cached(`litellm-${version}`, async (into) => {
    const wheel = ['--no-deps', '--only-binary', ':all:', '--dest', into];
    await run('python3', ['-m', 'pip', 'download', '--quiet', ...wheel, `litellm==${version}`], {
      cwd: into,
    });
    const unpack =
      'import glob, sys, zipfile; zipfile.ZipFile(glob.glob("litellm-*.whl")[0]).extract(sys.argv[1])';
    await run('python3', ['-c', unpack, 'litellm/model_prices_and_context_window_backup.json'], {
      cwd: into,
    });
  });
  return join(folder, 'litellm', 'model_prices_and_context_window_backup.json');
}

async function piAi() {
  const version = versionOf('@earendil-works/pi-ai (npm)');
  const folder = await cached(`pi-ai-${version}`, async (into) => {
    await run('npm', ['pack', '--silent', `@earendil-works/pi-ai@${version}`], { cwd: into });
    await run('tar', ['-xzf', `earendil-works-pi-ai-${version}.tgz`], { cwd: into });
  });
  return join(folder, 'package', 'dist', 'providers', 'data');
}

const rest = process.argv.slice(2);
if (!rest.includes('--date') && process.env.SOURCE_DATE_EPOCH === undefined) {
  const { generated_at: generatedAt } = JSON.parse(readFileSync(join(CRATE, 'catalog.json'), 'utf8'));
  rest.push('--date', generatedAt.slice(0, 10));
}
const lists = ['--litellm', await litellm(), '--pi-ai', await piAi()];
await run('cargo', ['xtask', 'catalog', ...lists, ...rest], { cwd: root });
if (!rest.includes('--check')) {
  await run(process.execPath, [join(root, 'scripts', 'generate-model-ids.mjs')], { cwd: root });
}
