// Runs test files of the copy in one vitest that stays up, so that a mutation costs one process of the test file and not
// the start of the tool.

import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createVitest } from 'vitest/node';
import { fixtures } from './tree.mjs';

/** Errors of mutations that broke the program's text rather than its behaviour. */
function isBrokenText({ name, message }) {
  if (name === 'ReferenceError' || name === 'SyntaxError') return true;
  if (name === 'TypeError' && /is not a (function|constructor)$/.test(message)) return true;
  return /^(Transform failed|Parse failure|Cannot find module)/.test(message);
}

/** A vitest over the copy. */
export async function startVitest(tree) {
  process.env.AURIKO_FIXTURES ??= fixtures;
  const vitest = await createVitest(
    'test',
    {
      root: tree,
      config: join(tree, 'vitest.config.ts'),
      watch: false,
      bail: 1,
      reporters: [{}],
      // What a mutation makes hang should not hold everything up.
      testTimeout: 15_000,
      hookTimeout: 15_000,
    },
    { logLevel: 'silent' },
    { stdout: silent(), stderr: silent() },
  );
  await vitest.standalone();
  return {
    changed(files) {
      for (const file of files) vitest.invalidateFile(file);
    },
    /** What became of the files' tests: `passed`, or `failed` with the first test that did, or `invalid` with why. */
    async run(names) {
      const paths = names.map((name) => join(tree, '__test__', `${name}.test.ts`));
      const project = vitest.getRootProject();
      // The state remembers every run: what is there afterwards must be of this one.
      vitest.state.clearFiles(project, paths);
      const { testModules, unhandledErrors } = await vitest.runTestSpecifications(
        paths.map((path) => project.createSpecification(path)),
      );
      const modules = testModules.filter(({ moduleId }) => paths.includes(moduleId));
      return verdictOf(names, modules, unhandledErrors);
    },
    close: () => vitest.close(),
  };
}

function verdictOf(names, modules, unhandled) {
  const invalid = modules.flatMap((module) => module.errors()).map((error) => error.message);
  if (invalid.length > 0) return { state: 'invalid', detail: firstLine(invalid[0]) };
  const tests = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({ module, test })),
  );
  const failed = tests.filter(({ test }) => test.result().state === 'failed');
  if (failed.length > 0) {
    const [{ module, test }] = failed;
    const errors = test.result().errors ?? [];
    const broken = errors.find(isBrokenText);
    if (broken !== undefined) return { state: 'invalid', detail: firstLine(broken.message) };
    const file = module.moduleId.split('/').at(-1);
    return { state: 'failed', file, test: test.fullName, detail: firstLine(errors[0]?.message ?? '') };
  }
  if (modules.length !== names.length) return { state: 'invalid', detail: 'not every test file was run' };
  if (!tests.some(({ test }) => test.result().state === 'passed')) {
    return { state: 'invalid', detail: 'no tests ran' };
  }
  if (unhandled.length > 0) {
    // Something was thrown where no test looked: that is what vitest reports as a failed run.
    const [error] = unhandled;
    const message = firstLine(String(error?.message ?? error));
    if (isBrokenText({ name: error?.name, message })) return { state: 'invalid', detail: message };
    return {
      state: 'failed',
      file: `${names[0]}.test.ts`,
      test: 'an error outside of the tests',
      detail: message,
    };
  }
  return { state: 'passed' };
}

function firstLine(text) {
  return text.split('\n')[0].slice(0, 200);
}

/** Where vitest's own output goes: this tool says itself what happened. */
function silent() {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
