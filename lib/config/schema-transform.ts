/** Changes to requests and responses, and redirects. */
import {
  boolean,
  defaulted,
  either,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  recordOf,
  ref,
  string,
  switchable,
  test,
  transformed,
} from './rows.ts';
import type { Plain, Row } from './rows.ts';
import { LINE, TOKEN } from './patterns.ts';
import { templateFault } from '../core/template.ts';

const templateRow = (must = 'a string', at = /[^]/) => test(string(must, at), 'template', templateFault);

/** Operations on named values, applied in this order; `append` has one entry a value. */
export interface Operations<V> {
  readonly remove: readonly string[];
  readonly rename: readonly (readonly [from: string, to: string])[];
  readonly replace: readonly (readonly [name: string, value: V])[];
  readonly add: readonly (readonly [name: string, value: V])[];
  readonly append: readonly (readonly [name: string, value: V])[];
}

const operationsRow = <R extends Row>(value: R, name: ReturnType<typeof string>) =>
  transformed(
    object({
      /** Names to remove. */
      remove: defaulted(listOf(name), []),
      /** Old name -> new name. */
      rename: defaulted(recordOf(name, name), {}),
      /** New values; only of names that are present. */
      replace: defaulted(recordOf(value, name), {}),
      /** Values; only of names that are absent. */
      add: defaulted(recordOf(value, name), {}),
      /** Further values: one, or a list. */
      append: defaulted(recordOf(either(value, listOf(value)), name), {}),
    }),
    (written): Operations<Plain<R>> => {
      const read = written as unknown as Operations<Plain<R>>;
      return { ...read, append: flat<Plain<R>>(read.append as never) };
    },
  );

const flat = <V>(pairs: readonly (readonly [string, V | readonly V[]])[]): Operations<V>['append'] =>
  pairs.flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as V[]) : [value as V]).map((one) => [name, one] as const),
  );

export const requestTransformRows = () => ({
  config: {
    /** Changes to requests before they are sent to an origin. Default `false`: none. */
    requestTransform: nullable(switchable(ref('requestTransform'))),
  },
  route: {
    /** Overrides the default; `false` changes nothing. */
    requestTransform: optional(switchable(ref('requestTransform'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    requestTransform: nullable(ref('requestTransform')),
  },
  requestTransform: {
    /** Replaces the caller's method. */
    method: nullable(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
    /** Replaces the whole path. All values may contain `$(...)`, see docs/traffic.md. */
    path: nullable(templateRow('a path that starts with "/" or "$("', /^(\/|\$\()/)),
    /** Operations on headers, in this order: remove, rename, replace, add, append. */
    headers: nullable(operationsRow(templateRow('a string of one line', /^[^\0\r\n]*$/), TOKEN)),
    /** The same for query arguments. The query is re-encoded. */
    query: nullable(operationsRow(templateRow(), string())),
    /** The same for top-level fields of a JSON object, or fields of a form. */
    body: nullable(operationsRow(templateRow(), string())),
  },
});

export const responseTransformRows = () => ({
  config: {
    /** Changes to responses before they are sent to the caller. Default `false`: none. */
    responseTransform: nullable(switchable(ref('responseTransform'))),
  },
  route: {
    /** Overrides the default; `false` changes nothing. */
    responseTransform: optional(switchable(ref('responseTransform'))),
  },
  consumerSettings: {
    /** For responses to the consumer. */
    responseTransform: nullable(ref('responseTransform')),
  },
  responseTransform: {
    /** Operations on headers: remove, rename, replace, add, append. Presence is judged by the origin's response. */
    headers: nullable(operationsRow(LINE, TOKEN)),
    /** The same for top-level fields of a JSON object. */
    body: nullable(
      operationsRow(
        either(string('a string', /^/), number(-Number.MAX_VALUE, Number.MAX_VALUE), boolean()),
        string(),
      ),
    ),
  },
});

export const redirectRows = () => ({
  config: {
    /** Redirects callers to another URL. Default `false`. */
    redirect: nullable(switchable(ref('redirect'))),
  },
  route: {
    /** Overrides the default; `false` redirects no one. */
    redirect: optional(switchable(ref('redirect'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    redirect: nullable(ref('redirect')),
  },
  redirect: {
    /** The URL to redirect to. */
    to: test(string('an http or https URL', /^https?:\/\/[^\s]+$/), 'url', urlFault),
    /** Status of the response. */
    status: defaulted(integer(200, 599), 301),
    /** Replace the URL's path and query by the request's. */
    keepPath: defaulted(boolean(), false),
  },
});

function urlFault(text: string): string | null {
  try {
    return new URL(text).host === '' ? 'an http or https URL' : null;
  } catch {
    return 'an http or https URL';
  }
}
