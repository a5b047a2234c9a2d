// All scenarios against one subject, in a process of its own: what one leaks, such as a rejection that nobody handles,
// stays with it. Argument: the subject. Sends one message per row.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, Trial } from './harness.mjs';
import { GROUPS } from './scenarios.mjs';
import { SUBJECTS } from './subjects.mjs';

const ROW_MS = 20_000;

const [id, only] = process.argv.slice(2);
const manifest = join(
  import.meta.dirname,
  id === 'auriko' ? '../..' : `node_modules/${SUBJECTS[id].package}`,
  'package.json',
);
const subject = { ...SUBJECTS[id], id, manifest };
// What the machine is set up with must not decide a row.
for (const name of Object.keys(process.env)) {
  if (/^(AURIKO|OPENROUTER|AI_GATEWAY|VERCEL|OPENAI)_/.test(name)) delete process.env[name];
}
globalThis.AI_SDK_LOG_WARNINGS = false;
process.on('unhandledRejection', () => {});
process.on('uncaughtException', (error) => process.send({ leaked: messageOf(error) }));

for (const { group, scenarios } of GROUPS) {
  for (const scenario of scenarios) {
    if (only !== undefined && !`${group} ${scenario.name}`.includes(only)) continue;
    const { name, byDesign } = scenario;
    process.send({ group, name, byDesign, result: await judge(scenario) });
  }
}
process.send({ isDone: true });
process.exit(0);

/** The verdict as the subject is set up by default, and with a setting that makes up for it where there is one. */
async function judge(scenario) {
  const isOtherWire = subject.wire.isChat ? scenario.gatewayOnly : scenario.chatOnly;
  if (isOtherWire) return { verdict: 'other wire' };
  const result = await attempt(scenario);
  if (result.verdict !== 'yes' && scenario.endpoints !== undefined && subject.servedOf !== undefined) {
    const served = await subject.servedOf(scenario.endpoints);
    if (served.length === 0) return { verdict: 'not on the wire', detail: result.detail };
  }
  const variant = scenario.variants?.[id];
  if (result.verdict === 'yes' || variant === undefined) return result;
  const withSetting = await attempt(scenario, { settings: variant.settings });
  return withSetting.verdict === 'yes'
    ? { verdict: 'partly', detail: `with ${variant.setting}; by default ${result.detail ?? 'not'}` }
    : result;
}

async function attempt(scenario, extra) {
  const trial = new Trial(subject, extra);
  const expiry = new AbortController();
  try {
    return await Promise.race([
      scenario.run(trial),
      sleep(ROW_MS, { verdict: 'error', detail: 'no answer' }, { signal: expiry.signal }),
    ]);
  } catch (error) {
    return { verdict: 'error', detail: messageOf(error) };
  } finally {
    expiry.abort();
    await trial.stop();
  }
}
