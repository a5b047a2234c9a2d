// The package version as a constant: reading package.json at run time would not survive bundling or edge runtimes.

/** Version of this package; a test keeps it equal to package.json. */
export const VERSION = '0.1.0';
