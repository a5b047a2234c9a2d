// Strict checks of options that users write by hand. A typo must fail here, with its name, rather than be ignored or
// travel to the server. Written by hand because a schema library costs more to import than all of this package.

import { InvalidArgumentError } from '@ai-sdk/provider';

/** Returns the value as it goes on the wire, or throws an `InvalidArgumentError` that names `path`. */
export type Check = (value: unknown, path: string) => unknown;

/** Known keys in camelCase; the wire name is the snake_case form unless given. */
export type Fields = Readonly<Record<string, Check>>;

/** How a caller may write keys: in camelCase or as on the wire, or as on the wire alone. */
export type Naming = 'either' | 'wire';

/** Throws the error for the option at `path`. */
export function refuse(path: string, expectation: string): never {
  const [argument = path] = path.split('.');
  throw new InvalidArgumentError({ argument, message: `${path} must be ${expectation}.` });
}

/** Text. */
export const text: Check = (value, path) => (typeof value === 'string' ? value : refuse(path, 'a string'));

/** True or false. */
export const flag: Check = (value, path) => (typeof value === 'boolean' ? value : refuse(path, 'a boolean'));

/** Any JSON object, passed on unchanged. */
export const record: Check = (value, path) => (isPlainObject(value) ? value : refuse(path, 'an object'));

/** A list of texts. */
export const texts: Check = (value, path) =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string')
    ? value
    : refuse(path, 'an array of strings');

/** A finite number in a range. */
export function number(minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY): Check {
  return (value, path) =>
    typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum
      ? value
      : refuse(path, `a number${range(minimum, maximum)}`);
}

/** A whole number in a range. */
export function integer(minimum: number, maximum = Number.POSITIVE_INFINITY): Check {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
      ? value
      : refuse(path, `a whole number${range(minimum, maximum)}`);
}

/** A number above zero. */
export const positive: Check = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : refuse(path, 'a number above 0');

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  return (value, path) =>
    typeof value === 'string' && words.includes(value)
      ? value
      : refuse(path, `one of ${words.map((word) => `'${word}'`).join(', ')}`);
}

/** An object whose values are all of one kind. */
export function mapOf(check: Check): Check {
  return (value, path) => {
    if (!isPlainObject(value)) return refuse(path, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, check(entry, `${path}.${key}`)]),
    );
  };
}

/**
 * An object with known keys, written in camelCase or in the wire's snake_case (or, with `naming` `'wire'`, in the latter
 * alone); the result has the wire's names. Keys that are undefined count as absent.
 */
export function fields(known: Fields, naming: Naming = 'either'): Check {
  return (value, path) => {
    if (!isPlainObject(value)) return refuse(path, 'an object');
    const wire: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(value)) {
      const name = camelCase(key);
      const isNamedRight = naming === 'either' || snakeCase(name) === key;
      const check = isNamedRight && Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) {
        const [argument = path] = path.split('.');
        const names = naming === 'wire' ? Object.keys(known).map(snakeCase) : Object.keys(known);
        throw new InvalidArgumentError({
          argument,
          message: `${path}.${key} is not an option. Known: ${names.join(', ')}.`,
        });
      }
      if (entry === undefined) continue;
      wire[snakeCase(name)] = check(entry, `${path}.${key}`);
    }
    return wire;
  };
}

/** Whether a value is an object literal rather than an array or a class instance such as a Date. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** `max_ttft_ms` → `maxTtftMs`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `maxTtftMs` → `max_ttft_ms`. The one wire name with a digit, `max_cost_per_1m`, is covered. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]|[0-9]+/g, (part) => `_${part.toLowerCase()}`);
}

function range(minimum: number, maximum: number): string {
  if (maximum !== Number.POSITIVE_INFINITY) return ` from ${minimum} to ${maximum}`;
  return minimum === Number.NEGATIVE_INFINITY ? '' : ` of at least ${minimum}`;
}
