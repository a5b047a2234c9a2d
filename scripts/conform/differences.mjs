// Where ours differs from the official client on purpose. Each entry names its cases and the paths in which they may
// differ; one that no case needs any more is an error too.

/** `{ cases, paths, reason }`: regular expressions over the case's name and the differing path. */
export const EXPECTED = [];
