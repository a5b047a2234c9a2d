// What the case files in JavaScript share: runs named cases one after the other and says how each went. Ends with
// status 1 if one fails.

/** Thrown by a case that needs an endpoint which this gateway does not have. */
export class Skip extends Error {}

/**
 * @param groups Cases by group and name; each is given `context`.
 */
export async function run(groups, context) {
  for (const [group, cases] of Object.entries(groups)) {
    for (const [title, check] of Object.entries(cases)) {
      const name = `${group}/${title.replaceAll(' ', '_')}`;
      try {
        await check(context);
        console.log(`ok ${name}`);
      } catch (error) {
        if (error instanceof Skip) {
          console.log(`skip ${name}: ${error.message}`);
          continue;
        }
        process.exitCode = 1;
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        console.log(`FAIL ${name}: ${message.replace(/\s+/g, ' ').slice(0, 400)}`);
      }
    }
  }
}

/** Whether the gateway has something at `path`. */
export async function isServed(baseURL, path) {
  const response = await fetch(baseURL + path);
  const body = await response.json();
  return response.status !== 404 || body.error?.code !== 'resource_not_found';
}
