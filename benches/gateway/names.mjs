// What results are filed under, besides the scenarios' own names.

/** Start-up and memory. */
export const START = 'start and memory';

/** A scenario with the gateway inside the Node process. */
export const embeddedName = (scenario) => `embedded: ${scenario}`;

/** A plain call whose gateway runs in the caller's process and asks no provider. */
export const NO_PROVIDER = 'embedded: plain 16, no provider';
