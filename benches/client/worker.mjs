// Measures one subject in one scenario, in a process of its own. Prints nothing: the result goes to the parent.

import { answerParent } from '../runner/worker.mjs';
import { SCENARIOS } from './scenarios.mjs';
import { scriptHeaders, TEXT_LENGTH } from './script.mjs';
import { SUBJECTS } from './subjects.mjs';

const [subjectName, scenarioName, serverURL] = process.argv.slice(2);
const scenario = SCENARIOS[scenarioName];
const subject = SUBJECTS[subjectName];
const open = (script) =>
  subject.open({
    baseURL: `${serverURL}/v1`,
    headers: scriptHeaders(script),
    script: { ...script, textLength: TEXT_LENGTH },
  });

await answerParent(async () => {
  const { measure } = await import(`./measures/${scenario.measure}.mjs`);
  return measure(open, scenario, subject);
});
