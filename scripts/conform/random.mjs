// The jitter of both SDKs, from one seed: the minimal standard generator, which Python computes as exactly as JavaScript.

const MULTIPLIER = 48_271;
const MODULUS = 2_147_483_647;

/** Numbers in [0, 1). drive.py has the same. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state * MULTIPLIER) % MODULUS;
    return (state - 1) / (MODULUS - 1);
  };
}
