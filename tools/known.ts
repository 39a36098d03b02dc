/**
 * What is known of the settings that a configuration does not use: their defaults, by the names under which the sources read them.
 *
 * A build writes them in, and drops what they decide against (prune.ts). A record of which only its being there is known stands as {}.
 * A setting that is put in afterwards is refused, like those that lead into a room that was left out.
 */
import { placesUsing } from '../lib/left-out.ts';
import type { Known } from './prune-known.ts';
import { BALANCING, HASHING, KEYS, KONG, LIMITS, OBSERVED, ROUTES } from './rooms.ts';

interface Default {
  readonly unless: readonly string[];
  readonly known: Known;
  /** Fields that nobody asks for any more. */
  readonly gone?: readonly string[];
  /** What comments call what is not there. */
  readonly word?: RegExp;
}

const VERSION_CALL = '{"id":0,"jsonrpc":"2.0","method":"call","params":["login_api","get_version",[]]}';

/** A file that is built for a configuration has it: it looks for another only where a binding is a global. */
const ALWAYS: Known = { LOOKED: 'true', 'pursuit.runtime': 'RUNTIME' };
/** What a choice in the sources costs, and what the house demands of it, is argued there. */
const ARGUED =
  /per cent|would cost|would be waste|a test holds|The clock stands still|The only file|ride on requests|prettier-ignore/;

const DEFAULTS: readonly Default[] = [
  { unless: [...KEYS, ...LIMITS], known: { 'call.originHeaders': '[]' } },
  { unless: [...KEYS, ...LIMITS, ...HASHING], known: { 'call.answerHeaders': '[]' } },
  // Without routes and a log, who asks for the pool of a request has its route, and that its pool.
  { unless: [...ROUTES, ...OBSERVED], known: { 'pools[]': '{}' } },
  { unless: KONG, known: { 'settings.answers': "'plain'", 'call.kong': 'null' }, word: /Kong/ },
  {
    unless: ROUTES,
    known: { 'settings.tutorial': 'true', 'STATE.router': '{}', 'refusal.message': '{}' },
    word: /\broutes?\b|redirect, has no body/,
  },
  { unless: HASHING, known: { 'to.hash': 'null', 'pool.ring': 'null' } },
  { unless: ['status'], known: { 'settings.status': 'null' } },
  { unless: ['log'], known: { 'settings.log': "'off'", 'call.trace': 'null' } },
  { unless: OBSERVED, known: { 'settings.serverTiming': 'false' } },
  { unless: ['canary'], known: { 'route.canary': 'null' } },
  { unless: ['shadow'], known: { 'route.shadow': 'null' } },
  { unless: ['load'], known: { 'settings.load': 'null', 'pool.load': 'null' }, word: /load number/ },
  { unless: ['health'], known: { 'pool.health': 'null' }, word: /health check/ },
  { unless: ['probe'], known: { 'settings.probe': 'null', 'pool.probe': 'null' } },
  { unless: ['retrySame'], known: { 'settings.retrySame': 'false' } },
  { unless: ['idempotencyKey=false'], known: { 'settings.idempotencyKey': 'true' } },
  { unless: ['headers'], known: { 'origin.headers': '[]' } },
  { unless: ['rewriteLocation=false'], known: { 'settings.rewriteLocation': 'true' } },
  { unless: ['passThroughOnException'], known: { 'settings.passThroughOnException': 'false' } },
  {
    unless: BALANCING,
    known: { 'settings.balance': "'race'", 'origins[]': '{}' },
    gone: ['retry_exhausted'],
    word: /hedge|A signal costs|first attempt goes without/,
  },
  {
    unless: ['trustedProxies'],
    known: { 'call.trusted': 'false', 'from.trusted': 'false' },
    word: /vouch|trusted/,
  },
  {
    unless: ['cors', 'cors=false', ...ROUTES],
    known: { 'route.cors': '{}', rule: '{}', 'rule.preflightContinue': 'false' },
  },
  {
    unless: ['stamp', 'stamp=false', ...ROUTES],
    known: {
      ...{ 'route.stamp': '{}', 'stamp.version': '{}' },
      ...{ 'stamp.origin': "'Origin'", 'stamp.country': "'Country'", 'stamp.cacheControl': "'max-age=3'" },
      ...{ 'version.header': "'Version'", 'version.path': "'/'", 'version.method': "'POST'" },
      ...{ 'version.body': `'${VERSION_CALL}'`, 'version.field': 'null', 'version.ttlSeconds': '60' },
    },
  },
];

export interface Silence {
  readonly known: Known;
  /** Settings that would make it wrong. */
  readonly settings: readonly string[];
  readonly gone: readonly string[];
  readonly words: readonly RegExp[];
}

/** What is known where a configuration says nothing else. */
export function knownOf(config: unknown): Silence {
  const silent = DEFAULTS.filter(({ unless }) => placesUsing(unless, config).length === 0);
  return {
    known: Object.assign({}, ALWAYS, ...silent.map(({ known }) => known)) as Known,
    settings: [...new Set(silent.flatMap(({ unless }) => unless))],
    gone: silent.flatMap(({ gone = [] }) => gone),
    words: [ARGUED, ...silent.flatMap(({ word }) => word ?? [])],
  };
}
