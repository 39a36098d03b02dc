/** Compares the result with the expectation: a list of differences as strings, empty if there are none. */
import { isDeepStrictEqual } from 'node:util';
import type { RawAnswer } from '../support/raw.ts';
import type { Received } from '../support/origin.ts';
import type { Expectation, HeaderRules } from './case.ts';
import { targetOf } from './mock.ts';

export function compareAnswer(expect: Expectation, answer: RawAnswer): string[] {
  const differences: string[] = [];
  const id =
    answer.header('x-kong-request-id') ??
    /"request_id":\s*"([0-9a-f]{32})"|request_id: ([0-9a-f]{32})|<requestid>([0-9a-f]{32})/
      .exec(answer.text)
      ?.slice(1)
      .find(Boolean) ??
    '<hex32>';
  const { status, bodyExact, bodyContains, bodyJson, bodyJsonSubset } = expect;
  const fill = (text: string): string => text.replaceAll('<hex32>', id);
  if (status !== undefined && answer.status !== status)
    differences.push(`status ${answer.status} instead of ${status} (${answer.text.slice(0, 120)})`);
  if (bodyExact !== undefined && answer.text !== fill(bodyExact))
    differences.push(`body ${JSON.stringify(answer.text)} instead of ${JSON.stringify(fill(bodyExact))}`);
  if (bodyContains !== undefined && !answer.text.includes(fill(bodyContains)))
    differences.push(`body without ${JSON.stringify(bodyContains)}`);
  for (const subset of [bodyJson, bodyJsonSubset])
    if (subset !== undefined)
      differences.push(...compareJson(JSON.parse(fill(JSON.stringify(subset))), answer.text));
  const lines = answer.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return [...differences, ...compareHeaders(expect.headers, lines, 'answer', fill)];
}

function compareJson(subset: unknown, text: string): string[] {
  try {
    const whole = JSON.parse(text) as Record<string, unknown>;
    const wrong = Object.entries(subset as object).filter(
      ([key, value]) => !isDeepStrictEqual(whole[key], value),
    );
    return wrong.map(
      ([key, value]) => `body.${key} ${JSON.stringify(whole[key])} instead of ${JSON.stringify(value)}`,
    );
  } catch {
    return [`body is not JSON: ${JSON.stringify(text.slice(0, 80))}`];
  }
}

/** Compares what a log server received: the last request, unless a list is expected. */
export function compareLog(
  wanted: NonNullable<Expectation['logReceives']>,
  logged: readonly Received[],
): string[] {
  const last = logged.at(-1);
  if (last === undefined) return ['the log server got nothing'];
  const lines = last.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const differences = compareHeaders(wanted.headers, lines, 'log');
  if (wanted.method !== undefined && last.method !== wanted.method) differences.push(`log by ${last.method}`);
  if (wanted.path !== undefined && last.url !== wanted.path) differences.push(`log at ${last.url}`);
  if (wanted.attempts !== undefined && logged.length !== wanted.attempts)
    differences.push(`log of ${logged.length} attempts`);
  // A slow machine may send one list in two batches.
  const text = wanted.bodyJsonArray
    ? JSON.stringify(logged.flatMap(({ body }) => JSON.parse(body.toString()) as unknown[]))
    : last.body.toString();
  return [...differences, ...compareRecord(wanted, text)];
}

/** The same for lines on the console. */
export function compareLines(
  wanted: NonNullable<Expectation['logReceives']>,
  lines: readonly string[],
): string[] {
  if (lines.length !== (wanted.lines ?? 1)) return [`${lines.length} lines on the console`];
  return compareRecord(wanted, lines.at(-1) ?? '');
}

function compareRecord(
  {
    bodyJsonSubset: subset,
    bodyJsonArray: list,
    bodyFieldsAbsent,
    bodyMustNotContain,
  }: NonNullable<Expectation['logReceives']>,
  text: string,
): string[] {
  const record = JSON.parse(text) as Record<string, unknown>;
  const differences: string[] = [];
  if (subset !== undefined && !holds(record, subset))
    differences.push(`log ${text} without ${JSON.stringify(subset)}`);
  if (list !== undefined && !list.every((one, at) => holds((record as unknown as unknown[])[at], one)))
    differences.push(`log ${text} is not the list ${JSON.stringify(list)}`);
  for (const name of bodyFieldsAbsent ?? []) if (name in record) differences.push(`log has ${name}`);
  for (const secret of bodyMustNotContain ?? [])
    if (text.includes(secret)) differences.push(`log has ${secret}`);
  return differences;
}

/** Whether the whole contains the subset, at any depth; lists must be equal. */
function holds(whole: unknown, subset: unknown): boolean {
  if (typeof subset !== 'object' || subset === null || Array.isArray(subset))
    return isDeepStrictEqual(whole, subset);
  if (typeof whole !== 'object' || whole === null) return false;
  return Object.entries(subset).every(([key, value]) =>
    holds((whole as Record<string, unknown>)[key], value),
  );
}

/** Several lines of one name are equivalent to one line with their values joined (RFC 9110, 5.2). */
export function compareHeaders(
  rules: HeaderRules | undefined,
  lines: readonly [string, string][],
  who: string,
  fill = (text: string): string => text,
): string[] {
  const valueOf = (name: string): string | null => {
    const values = lines.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value);
    return values.length === 0 ? null : values.join(', ');
  };
  const differences: string[] = [];
  const say = (name: string, wanted: string): void =>
    void differences.push(`${who} header ${name}: ${JSON.stringify(valueOf(name))} instead of ${wanted}`);
  for (const [name, wanted] of Object.entries(rules?.equal ?? {})) {
    const text = fill(typeof wanted === 'string' ? wanted : wanted.join(', '));
    if (valueOf(name) !== text) say(name, JSON.stringify(text));
  }
  for (const name of rules?.present ?? []) if (valueOf(name) === null) say(name, 'any value');
  for (const name of rules?.absent ?? []) if (valueOf(name) !== null) say(name, 'none');
  for (const [name, pattern] of Object.entries(rules?.matches ?? {}))
    if (!new RegExp(fill(pattern)).test(valueOf(name) ?? '')) say(name, pattern);
  return differences;
}

export async function compareReceived(expect: Expectation, hits: readonly Received[]): Promise<string[]> {
  const wanted = expect.upstreamReceives;
  if (wanted === undefined) return [];
  const differences: string[] = [];
  const say = (what: string, received: unknown, right: unknown): void => {
    if (received !== right)
      differences.push(`origin got ${what} ${JSON.stringify(received)} instead of ${JSON.stringify(right)}`);
  };
  if (wanted.hits !== undefined) say('requests', hits.length, wanted.hits);
  if (wanted.attempts !== undefined) say('attempts', hits.length, wanted.attempts);
  const rest = Object.keys(wanted).filter((key) => key !== 'hits' && key !== 'attempts');
  const last = hits.at(-1);
  if (rest.length === 0) return differences;
  if (last === undefined) return [...differences, 'origin got nothing'];
  const queryAt = last.url.indexOf('?');
  const path = queryAt < 0 ? last.url : last.url.slice(0, queryAt);
  const query = queryAt < 0 ? '' : last.url.slice(queryAt + 1);
  if (wanted.method !== undefined) say('method', last.method, wanted.method);
  if (wanted.path !== undefined) say('path', path, wanted.path);
  if (wanted.query !== undefined) say('query', query, wanted.query);
  if (wanted.pathWithQuery !== undefined) say('path and query', last.url, wanted.pathWithQuery);
  if (wanted.body !== undefined) say('body', last.body.toString(), wanted.body);
  if (wanted.target !== undefined) say('request for', targetOf(last), wanted.target);
  const names = new Set(new URLSearchParams(query).keys());
  for (const name of wanted.queryArgsAbsent ?? []) say(`query argument ${name}`, names.has(name), false);
  if (wanted.bodyFields !== undefined || wanted.bodyFieldsAbsent !== undefined) {
    const fields = await fieldsOf(last);
    for (const [name, value] of Object.entries(wanted.bodyFields ?? {}))
      if (!isDeepStrictEqual(fields[name], value))
        say(`body field ${name}`, JSON.stringify(fields[name]), JSON.stringify(value));
    for (const name of wanted.bodyFieldsAbsent ?? []) say(`body field ${name}`, fields[name], undefined);
  }
  const lines = last.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return [...differences, ...compareHeaders(wanted.headers, lines, 'origin')];
}

/** The fields of a body; several values of a name become a list. */
async function fieldsOf({ header, body }: Received): Promise<Record<string, unknown>> {
  const type = header('content-type') ?? '';
  if (type.startsWith('application/json')) return JSON.parse(body.toString()) as Record<string, unknown>;
  const headers = {
    'content-type': type.startsWith('multipart/') ? type : 'application/x-www-form-urlencoded',
  };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

/** Compares the number of requests at each target: exact, near (within a twentieth), or all at any one target. */
export function compareDistribution(
  wanted: Readonly<Record<string, unknown>>,
  hits: readonly Received[],
): string[] {
  const counts: Record<string, number> = {};
  for (const hit of hits) counts[targetOf(hit)] = (counts[targetOf(hit)] ?? 0) + 1;
  const shown = JSON.stringify(counts);
  return Object.entries(wanted).flatMap(([target, count]) => {
    if (target === 'allToOneTarget')
      return Object.keys(counts).length <= 1 ? [] : [`requests went to several targets: ${shown}`];
    if (target === 'near') {
      const near = Object.entries(count as Record<string, number>);
      return near.every(([name, about]) => Math.abs((counts[name] ?? 0) - about) <= Math.max(2, about / 20))
        ? []
        : [`distribution ${shown} is not near ${JSON.stringify(count)}`];
    }
    return (counts[target] ?? 0) === count
      ? []
      : [`distribution ${shown} instead of ${target}: ${String(count)}`];
  });
}
