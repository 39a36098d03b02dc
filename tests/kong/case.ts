/** A case as data: a Kong configuration, the request, the expected response and the request expected at the origin. */
import { readFileSync } from 'node:fs';

export interface KongRequest {
  readonly method: string;
  /** Including the query, byte for byte. */
  readonly path: string;
  /** A list means repeated lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | null;
  readonly scheme?: 'http' | 'https';
  readonly clientIp?: string;
  readonly repeat?: number;
  readonly concurrency?: number;
  readonly waitSeconds?: number;
  readonly httpVersion?: string;
  /** The time of the gateway's clock, in Unix seconds. */
  readonly now?: number;
  /** All requests are in flight before the first is answered. */
  readonly holdOpen?: boolean;
  readonly websocket?: { readonly send: string };
}

export interface HeaderRules {
  readonly equal?: Readonly<Record<string, string | readonly string[]>>;
  readonly present?: readonly string[];
  readonly absent?: readonly string[];
  readonly matches?: Readonly<Record<string, string>>;
}

export interface Expectation {
  readonly status?: number;
  readonly statusCounts?: Readonly<Record<string, number>>;
  readonly bodyJson?: unknown;
  readonly bodyJsonSubset?: unknown;
  readonly bodyExact?: string;
  readonly bodyContains?: string;
  readonly headers?: HeaderRules;
  readonly upstreamReceives?: {
    readonly method?: string;
    readonly path?: string;
    readonly query?: string;
    readonly pathWithQuery?: string;
    readonly headers?: HeaderRules;
    readonly body?: string;
    readonly bodyFields?: Readonly<Record<string, unknown>>;
    readonly bodyFieldsAbsent?: readonly string[];
    readonly queryArgsAbsent?: readonly string[];
    readonly hits?: number;
    readonly attempts?: number;
    readonly target?: string;
  };
  /** What a log server or the console receives. */
  readonly logReceives?: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: HeaderRules;
    readonly bodyJsonSubset?: unknown;
    /** A subset for each element, in order. */
    readonly bodyJsonArray?: readonly unknown[];
    readonly bodyFieldsAbsent?: readonly string[];
    readonly bodyMustNotContain?: readonly string[];
    readonly attempts?: number;
    readonly sink?: string;
    readonly lines?: number;
  };
  readonly distribution?: Readonly<Record<string, unknown>>;
  readonly hashInput?: string;
  readonly pickOrder?: readonly string[];
  readonly websocketReceives?: string;
}

export interface Step {
  readonly request?: KongRequest;
  readonly expect?: Expectation;
  readonly repeat?: number;
  readonly configChange?: string;
  /** The whole configuration after `configChange`. */
  readonly config?: KongCase['config'];
  readonly adminCall?: string;
}

/** The origin's behaviour, by path, by target or by "default". */
export interface MockRule {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly chunked?: boolean;
  readonly fault?: string;
  readonly delaySeconds?: number;
  readonly sequence?: readonly (number | string)[];
  readonly rtt?: number;
  readonly unhealthyByOperator?: boolean;
  readonly probeStatus?: number;
  readonly probeSequence?: readonly number[];
  readonly websocketEcho?: boolean;
}

export interface KongCase {
  readonly id: string;
  readonly area: string;
  readonly kong: string;
  readonly level: 'blackbox' | 'unit';
  readonly portability: 'ok' | 'limited' | 'kong-only';
  readonly config: Readonly<Record<string, unknown>> & {
    readonly x_mock?: Readonly<Record<string, MockRule>>;
    readonly x_kong_conf?: Readonly<Record<string, string>>;
  };
  readonly before?: readonly Step[];
  readonly request: KongRequest;
  readonly expect: Expectation;
}

/** Cases before 1.0 are run with the profile of 2018, those before 3.0 with the older router. */
export function isOf2018(versions: string): boolean {
  const first = /\d+\.(\d+|x)/.exec(versions)?.[0] ?? '3.10';
  return !versions.startsWith('>') && (versions.startsWith('<=0') || Number(first.split('.')[0]) === 0);
}

/** The caller's address, unless a case names another. */
export const CLIENT_IP = '127.0.0.1';
/** Runs only the cases whose ids begin so. */
export const ONLY = process.env['KONG_CASE'];

/** Cases, or those of a file, with the words in place that stand for what a case cannot know. */
export function casesOf(source: string | readonly KongCase[]): KongCase[] {
  const text =
    typeof source === 'string'
      ? readFileSync(new URL(source, import.meta.url), 'utf8')
      : JSON.stringify(source);
  // The Worker gets the gateway's port only from the Host header.
  const filled = text.replaceAll('<clientIp>', CLIENT_IP).replaceAll('<gatewayPort>', '80');
  return (JSON.parse(filled) as KongCase[]).filter(({ id }) => ONLY === undefined || id.startsWith(ONLY));
}
