/**
 * The command line: checked whole before anything is sent, every fault in one line that says
 * what was expected. Off is a value here too: no rate is Infinity, no report is null.
 */
import { parseArgs } from 'node:util';
import { FORMATS, type Format } from './input.ts';
import { fault } from './recorded.ts';

export interface Gateway {
  readonly label: 'from' | 'to';
  /** Scheme, host and port. */
  readonly origin: string;
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** As a Host header has it. */
  readonly host: string;
  /** Put in front of every target; "" for none. */
  readonly basePath: string;
}
export interface Options {
  readonly from: Gateway;
  readonly to: Gateway;
  readonly file: string;
  readonly format: Format | null;
  readonly ignoreHeaders: readonly string[];
  readonly ignoreCookies: readonly string[];
  readonly ignorePointers: readonly string[];
  readonly relativeLinks: boolean;
  readonly noise: boolean;
  readonly concurrency: number;
  /** Requests per second to each gateway. */
  readonly rate: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly limit: number;
  readonly unsafe: boolean;
  /** Whose Host header is sent: the gateway's own, the recording's, or a text. */
  readonly host: { readonly kind: 'base' | 'recorded' } | { readonly kind: 'fixed'; readonly host: string };
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly insecure: boolean;
  readonly latencyFactor: number;
  readonly latencyFloorMs: number;
  readonly maxBody: number;
  readonly keep: number;
  readonly secrets: readonly string[];
  readonly json: string | null;
  readonly junit: string | null;
  readonly html: string | null;
  readonly quiet: boolean;
}

const TABLE = {
  from: { type: 'string' },
  to: { type: 'string' },
  format: { type: 'string' },
  unsafe: { type: 'boolean' },
  header: { type: 'string', multiple: true },
  host: { type: 'string' },
  concurrency: { type: 'string' },
  rate: { type: 'string' },
  timeout: { type: 'string' },
  retries: { type: 'string' },
  limit: { type: 'string' },
  'ignore-header': { type: 'string', multiple: true },
  'ignore-cookie': { type: 'string', multiple: true },
  'ignore-pointer': { type: 'string', multiple: true },
  'relative-links': { type: 'boolean' },
  noise: { type: 'boolean' },
  'latency-factor': { type: 'string' },
  'latency-floor': { type: 'string' },
  'max-body': { type: 'string' },
  keep: { type: 'string' },
  secret: { type: 'string', multiple: true },
  insecure: { type: 'boolean' },
  json: { type: 'string' },
  junit: { type: 'string' },
  html: { type: 'string' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Null asks for help. Throws a fault that names the option. */
export function readOptions(args: string[]): Options | null {
  let parsed;
  try {
    parsed = parseArgs({ args, options: TABLE, allowPositionals: true });
  } catch (error) {
    throw fault(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'bad usage');
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [file, ...more] = positionals;
  if (file === undefined) throw fault('FILE must be given, received none');
  if (more.length > 0) throw fault(`FILE must be one file, received ${positionals.length}`);
  const { format = null } = values;
  if (format !== null && !isFormat(format)) throw fault(`--format must be one of ${FORMATS.join(', ')}`);
  const number = (name: keyof typeof values, standard: number, low: number, high: number) =>
    readNumber(name, values[name] as string | undefined, standard, low, high);
  return {
    from: readGateway('from', values.from),
    to: readGateway('to', values.to),
    file,
    format,
    ignoreHeaders: (values['ignore-header'] ?? []).map((name) => name.toLowerCase()),
    ignoreCookies: values['ignore-cookie'] ?? [],
    ignorePointers: (values['ignore-pointer'] ?? []).map(readPointer),
    relativeLinks: values['relative-links'] ?? false,
    noise: values.noise ?? false,
    concurrency: number('concurrency', 4, 1, 256),
    rate: number('rate', Infinity, 0.01, 100_000),
    timeoutMs: number('timeout', 30_000, 1, 3_600_000),
    retries: number('retries', 0, 0, 10),
    limit: number('limit', Infinity, 1, Number.MAX_SAFE_INTEGER),
    unsafe: values.unsafe ?? false,
    host: readHost(values.host ?? 'base'),
    headers: (values.header ?? []).map(readHeader),
    insecure: values.insecure ?? false,
    latencyFactor: number('latency-factor', 10, 0, 1e6),
    latencyFloorMs: number('latency-floor', 50, 1, 60_000),
    maxBody: number('max-body', 4 * 1024 * 1024, 0, 256 * 1024 * 1024),
    keep: number('keep', 200, 0, 10_000),
    secrets: values.secret ?? [],
    json: values.json ?? null,
    junit: values.junit ?? null,
    html: values.html ?? null,
    quiet: values.quiet ?? false,
  };
}

function isFormat(text: string): text is Format {
  return (FORMATS as readonly string[]).includes(text);
}

function readNumber(
  name: string,
  text: string | undefined,
  standard: number,
  low: number,
  high: number,
): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high)) {
    throw fault(`--${name} must be a number from ${low} to ${high}, received "${text}"`);
  }
  return value;
}

function readGateway(label: 'from' | 'to', text: string | undefined): Gateway {
  if (text === undefined) throw fault(`--${label} must be a URL, received none`);
  if (!URL.canParse(text)) throw fault(`--${label} must be a URL such as https://api.example.com`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol))
    throw fault(`--${label} must be http or https, received ${url.protocol}`);
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw fault(`--${label} must be scheme, host and path alone (keys go into --header)`);
  }
  const secure = url.protocol === 'https:';
  return {
    label,
    origin: url.origin,
    secure,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    host: url.host,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}

function readHost(text: string): Options['host'] {
  if (text === 'base' || text === 'recorded') return { kind: text };
  if (!/^[\w.:[\]-]+$/.test(text)) throw fault('--host must be base, recorded, or a host name');
  return { kind: 'fixed', host: text.toLowerCase() };
}

function readHeader(text: string): [string, string] {
  const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\r\n\0]*)$/.exec(text) ?? [];
  if (name === undefined) throw fault('--header must be "Name: value"');
  return [name, value];
}

function readPointer(text: string): string {
  if (text !== '' && !text.startsWith('/'))
    throw fault(`--ignore-pointer must start with "/", received "${text}"`);
  return text;
}
