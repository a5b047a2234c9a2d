// How a row is written down: what the specification says, what of it is taken away, which tests must notice.

/** A change of source text. `find` must occur exactly once, or `count` times. */
export function change(file, find, replace, count = 1) {
  return { file, find, replace, count };
}

/**
 * A row that tests of `__test__` must notice.
 *
 * @param row First words of the specification's row, sentence or list item.
 * @param gone What the mutation takes away, or the wrong behaviour that it puts in.
 * @param tests Names of test files, without `.test.ts`.
 */
export function row(row, gone, tests, ...mutations) {
  return { row, gone, tests: [tests].flat(), mutations };
}

/** A row that tests of a Rust crate must notice. */
export function rustRow(row, gone, cargo, ...mutations) {
  return { row, gone, cargo, mutations };
}

/** A row that a test of types must notice. */
export function typeRow(row, gone, ...mutations) {
  return { row, gone, types: true, mutations };
}

/** Rows of one section of the specification. */
export function section(name, rows) {
  return rows.map((entry) => ({ section: name, ...entry }));
}
