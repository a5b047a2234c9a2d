// What two runs of a case differ in, as paths with both values. `null` and absent are the same here: Python's models
// fill in what a reply leaves out.

/** Differences of two runs: `[{ path, official, ours }]`. */
export function differences(official, ours) {
  const found = [];
  compare('', prepared(official), prepared(ours), found);
  return found;
}

function compare(path, official, ours, found) {
  if (isObject(official) && isObject(ours)) {
    for (const key of new Set([...Object.keys(official), ...Object.keys(ours)])) {
      compare(path === '' ? key : `${path}.${key}`, official[key], ours[key], found);
    }
    return;
  }
  if (Array.isArray(official) && Array.isArray(ours) && official.length === ours.length) {
    for (const [index, item] of official.entries()) compare(`${path}[${index}]`, item, ours[index], found);
    return;
  }
  if (isNear(official, ours)) return;
  if (JSON.stringify(official) !== JSON.stringify(ours)) found.push({ path, official, ours });
}

/** Without what is null, and without objects that hold nothing else. */
function prepared(value) {
  if (Array.isArray(value)) return value.map(prepared);
  if (!isObject(value)) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, prepared(item)])
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Waits are computed with the same numbers, but not in the same order of operations. */
function isNear(a, b) {
  return typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < 1e-9;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
