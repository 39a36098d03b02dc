/** Pairs of responses with planted differences, each with the expected report. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Behaviour } from '../support/origin.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const LONG = 'the quick brown fox jumps over the lazy dog. '.repeat(40);

interface Case {
  readonly from: Behaviour;
  readonly to: Behaviour;
  /** `kind name`, as in the report; empty if a caller notices nothing. */
  readonly differs: readonly string[];
  readonly request?: { method?: string; headers?: Record<string, string>; body?: string };
}

export const json = (body: string, headers: Behaviour['headers'] = {}): Behaviour => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});
const head = (headers: Behaviour['headers']): Behaviour => ({ headers: headers ?? {} });

export const CASES: Record<string, Case> = {
  // Planted differences, each of which must be found.
  '/status': { from: {}, to: { status: 203 }, differs: ['status'] },
  '/header-missing': { from: head({ 'x-a': '1' }), to: {}, differs: ['header x-a'] },
  '/header-added': { from: {}, to: head({ 'x-b': '1' }), differs: ['header x-b'] },
  '/header-value': { from: head({ etag: '"1"' }), to: head({ etag: 'W/"1"' }), differs: ['header etag'] },
  '/type': { from: head({ 'content-type': 'text/html' }), to: {}, differs: ['header content-type'] },
  '/cookie-value': {
    from: head({ 'set-cookie': ['a=1; Path=/', 'b=2'] }),
    to: head({ 'set-cookie': ['b=2', 'a=9; Path=/'] }),
    differs: ['cookie a'],
  },
  '/cookie-attribute': {
    from: head({ 'set-cookie': 'a=1; Path=/; HttpOnly' }),
    to: head({ 'set-cookie': 'a=1; Path=/' }),
    differs: ['cookie a'],
  },
  '/cookie-gone': {
    from: head({ 'set-cookie': ['a=1', 'b=2'] }),
    to: head({ 'set-cookie': 'b=2' }),
    differs: ['cookie a'],
  },
  '/bytes': { from: { body: 'abc' }, to: { body: 'abd' }, differs: ['body'] },
  '/json-value': { from: json('{"a":{"b":[1,2]}}'), to: json('{"a":{"b":[1,3]}}'), differs: ['body /a/b/1'] },
  '/json-number': { from: json('{"price":1.10}'), to: json('{"price":1.1}'), differs: ['body /price'] },
  '/json-big': {
    from: json('{"id":9007199254740993}'),
    to: json('{"id":9007199254740992}'),
    differs: ['body /id'],
  },
  '/json-null': { from: json('{"a":null}'), to: json('{}'), differs: ['body /a'] },
  '/json-order': { from: json('[1,2]'), to: json('[2,1]'), differs: ['body /0', 'body /1'] },
  '/redirect': {
    from: { status: 302, headers: { location: '/there' } },
    to: { status: 302, headers: { location: '/elsewhere' } },
    differs: ['redirect location'],
  },
  '/redirect-away': {
    from: { status: 301, headers: { location: '/there' } },
    to: { status: 301, headers: { location: 'https://other.example/there' } },
    differs: ['redirect location'],
  },
  '/reset': { from: {}, to: { fault: 'reset' }, differs: ['answer'] },
  '/truncated': { from: { body: LONG }, to: { body: LONG, fault: 'truncate' }, differs: ['body'] },
  '/not-accepted': {
    from: { body: LONG },
    to: { body: LONG, gzip: true },
    differs: ['header content-encoding'],
  },
  '/decoded': {
    from: { body: brotliCompressSync(LONG), headers: { 'content-encoding': 'br' } },
    to: { body: gzipSync(`${LONG}!`), headers: { 'content-encoding': 'gzip' } },
    differs: ['body'],
    request: { headers: { 'Accept-Encoding': 'gzip, br' } },
  },
  '/head-length': {
    from: { body: LONG },
    to: { body: `${LONG}!` },
    differs: ['header content-length'],
    request: { method: 'HEAD' },
  },
  // Differences between any two servers, none of which may be reported.
  '/same': { from: {}, to: {}, differs: [] },
  '/noise': {
    from: head({
      server: 'kong/3.10',
      via: '1.1 kong',
      'x-kong-proxy-latency': '3',
      'x-request-id': 'a',
      date: 'Mon, 01 Jan 2024 00:00:00 GMT',
    }),
    to: head({
      server: 'cloudflare',
      'cf-ray': '1',
      age: '7',
      'server-timing': 'a;dur=1',
      'x-ratelimit-remaining-minute': '3',
    }),
    differs: [],
  },
  '/key-order': {
    from: json('{"a":1,"b":[{"c":2}]}'),
    to: json('{ "b": [ {"c": 2} ],\n "a": 1 }'),
    differs: [],
  },
  '/cookie-order': {
    from: head({ 'set-cookie': ['a=1; Path=/; Secure', 'b=2'] }),
    to: head({ 'set-cookie': ['b=2', 'a=1; secure; path=/', '__cf_bm=xyz'] }),
    differs: [],
  },
  '/encodings': {
    from: { body: brotliCompressSync(LONG), headers: { 'content-encoding': 'br' } },
    to: { body: gzipSync(LONG), headers: { 'content-encoding': 'gzip' } },
    differs: [],
    request: { headers: { 'Accept-Encoding': 'gzip, br' } },
  },
  '/chunked': { from: { body: 'abcd' }, to: { pieces: ['ab', 'cd'] }, differs: [] },
  '/lists': { from: head({ vary: 'Origin, Accept' }), to: head({ vary: 'accept,  origin' }), differs: [] },
  '/redirect-relative': {
    from: { status: 302, headers: { location: '/redirect-relative/x?y=1' } },
    to: { status: 302, headers: { location: 'redirect-relative/x?y=1' } },
    differs: [],
  },
  '/error-pages': { from: { status: 500, body: 'no' }, to: { status: 500, body: 'no' }, differs: [] },
};
