// What the case files in JavaScript share: runs named cases one after the other and says how each went. Ends with
// status 1 if one fails.

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
        process.exitCode = 1;
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        console.log(`FAIL ${name}: ${message.replace(/\s+/g, ' ').slice(0, 400)}`);
      }
    }
  }
}
