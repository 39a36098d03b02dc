/** What is changed about requests and answers on their way. */
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

/** What is done to named values, in this order; each value of `append` for itself. */
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
      /** Names that are taken away. */
      remove: defaulted(listOf(name), []),
      /** Old name -> new name. */
      rename: defaulted(recordOf(name, name), {}),
      /** New values of what is there. */
      replace: defaulted(recordOf(value, name), {}),
      /** Values of what is not there. */
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
    /** What origins get in place of what callers sent. Default `false`: that. */
    requestTransform: nullable(switchable(ref('requestTransform'))),
  },
  route: {
    /** In place of the general one; `false` changes nothing. */
    requestTransform: optional(switchable(ref('requestTransform'))),
  },
  consumerSettings: {
    /** For requests of the consumer. */
    requestTransform: nullable(ref('requestTransform')),
  },
  requestTransform: {
    /** In place of the caller's. */
    method: nullable(oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')),
    /** In place of all that route and request make of the path. All values may hold `$(…)`: docs/traffic.md. */
    path: nullable(templateRow('a path that starts with "/" or "$("', /^(\/|\$\()/)),
    /** Headers, in this order: remove, rename, replace, add, append. */
    headers: nullable(operationsRow(templateRow('a string of one line', /^[^\0\r\n]*$/), TOKEN)),
    /** Arguments of the query, likewise. The query is then written anew. */
    query: nullable(operationsRow(templateRow(), string())),
    /** Fields of a JSON object or a form, likewise. */
    body: nullable(operationsRow(templateRow(), string())),
  },
});

export const responseTransformRows = () => ({
  config: {
    /** What callers get in place of what was answered. Default `false`: that. */
    responseTransform: nullable(switchable(ref('responseTransform'))),
  },
  route: {
    /** In place of the general one; `false` changes nothing. */
    responseTransform: optional(switchable(ref('responseTransform'))),
  },
  consumerSettings: {
    /** For answers to the consumer. */
    responseTransform: nullable(ref('responseTransform')),
  },
  responseTransform: {
    /** Headers: remove, rename, replace, add, append; what is there is asked of the answer as it came. */
    headers: nullable(operationsRow(LINE, TOKEN)),
    /** Fields of JSON objects, likewise; at the top level. */
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
    /** Sends callers elsewhere. Default `false`: they stay. */
    redirect: nullable(switchable(ref('redirect'))),
  },
  route: {
    /** In place of the general one; `false` keeps callers here. */
    redirect: optional(switchable(ref('redirect'))),
  },
  consumerSettings: {
    /** Where the consumer is sent. */
    redirect: nullable(ref('redirect')),
  },
  redirect: {
    /** The new address. */
    to: test(string('an http or https URL', /^https?:\/\/[^\s]+$/), 'url', urlFault),
    /** Of the answer. */
    status: defaulted(integer(200, 599), 301),
    /** Path and query of the request take the place of the address's. */
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
