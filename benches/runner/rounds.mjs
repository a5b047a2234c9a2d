// Alternating rounds, and the samples that they leave.

/**
 * Visits every item once per round, every second round backwards: so none always runs on the warmer or the busier
 * machine.
 */
export async function alternate(items, rounds, visit) {
  for (let round = 0; round < rounds; round++) {
    for (const item of round % 2 === 0 ? items : items.toReversed()) await visit(item, round);
  }
}

/** Samples by scenario and subject. A sample is a flat object of numbers; what could not be measured is missing. */
export class Samples {
  #byScenario = new Map();

  add(scenario, subject, sample) {
    if (!this.#byScenario.has(scenario)) this.#byScenario.set(scenario, new Map());
    const subjects = this.#byScenario.get(scenario);
    subjects.set(subject, [...(subjects.get(subject) ?? []), sample]);
  }

  /** As plain objects, in the order of `scenarios` and `subjects`, whichever came first in a round. */
  inOrder(scenarios, subjects) {
    const ordered = {};
    for (const scenario of scenarios) {
      const found = this.#byScenario.get(scenario);
      if (found === undefined) continue;
      ordered[scenario] = {};
      for (const subject of subjects) {
        if (found.has(subject)) ordered[scenario][subject] = found.get(subject);
      }
    }
    return ordered;
  }
}
