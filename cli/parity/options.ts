/** The options of `edge-gateway parity`. All are validated before anything is sent; a disabled limit is Infinity. */
import { collect, createCommand, InvalidArgumentError, numberFrom, Option } from '../program.ts';
import { cutPointer, type Pointer } from './json-body.ts';

export interface Gateway {
  /** Scheme, host and port. */
  readonly url: URL;
  /** Prefixed to every target; "" for none. */
  readonly basePath: string;
}
export interface Options {
  readonly from: Gateway;
  readonly to: Gateway;
  readonly unsafe: boolean;
  readonly header: readonly (readonly [name: string, value: string])[];
  /** The Host header that is sent: "base" is the gateway's own, "recorded" the recording's. */
  readonly host: string;
  readonly concurrency: number;
  /** Requests per second to each gateway. */
  readonly rate: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly limit: number;
  /** In lower case. "name*" matches all names with that prefix. */
  readonly ignoreHeader: readonly string[];
  readonly ignoreCookie: readonly string[];
  readonly ignorePointer: readonly Pointer[];
  readonly noise: boolean;
  readonly latencyFactor: number;
  readonly secret: readonly string[];
  readonly insecure: boolean;
  readonly json?: string;
  readonly quiet: boolean;
}

export const command = createCommand(
  'parity',
  `0 no difference; 1 differences, or a request that neither answered; 2 bad usage or input;
130 interrupted: Ctrl-C ends the run and still writes every report.`,
)
  .description('sends every recorded request to two gateways and reports what a caller would notice')
  .argument(
    '<file>',
    'HAR, JSON lines, or an access log (combined or JSON), also packed (.gz); "-" reads a pipe',
  )
  .addOption(gateway('from', "the old gateway; a path in it is put in front of every request's"))
  .addOption(gateway('to', 'the new one'))
  .option(
    '--unsafe',
    'POST, PUT, PATCH and DELETE too, to both; default: GET, HEAD, OPTIONS and TRACE',
    false,
  )
  .option(
    '--header <name:value>',
    'set on every request (an access log holds no keys); repeatable',
    readHeader,
    [],
  )
  .option('--host <name>', 'Host header: "base" (the URL\'s own), "recorded", or a name', readHost, 'base')
  .option('--concurrency <n>', 'pairs under way at once', numberFrom(1, 256), 4)
  .option('--rate <n>', 'pairs a second at most', numberFrom(0.01, 100_000, 'any'), Infinity)
  .option('--timeout <ms>', "one request, to its body's end", numberFrom(1, 3_600_000), 30_000)
  .option('--limit <n>', 'stop after so many requests', numberFrom(1, Number.MAX_SAFE_INTEGER), Infinity)
  .option(
    '--ignore-header <name>',
    'beside those that always differ; "x-trace-*" is all that begin so; repeatable',
    (text, before: readonly string[]) => [...before, text.toLowerCase()],
    [],
  )
  .option('--ignore-cookie <name>', 'repeatable', collect, [])
  .option(
    '--ignore-pointer </a/*/b>',
    'JSON pointer that may differ, and all below it; "*" is any key; repeatable',
    readPointer,
    [],
  )
  .option('--noise', 'ask --from twice, and leave out what differs between its own two answers', false)
  .option(
    '--latency-factor <n>',
    'how many times slower is a difference, beyond 50 ms; 0 is never',
    numberFrom(0, 1e6, 'any'),
    10,
  )
  .option(
    '--secret <name>',
    'a header, query key, cookie or field that is never shown, beside the usual; repeatable',
    collect,
    [],
  )
  .option('--insecure', 'accept any certificate', false)
  .option('--json <file>', 'a report; "-" is standard output')
  .option('--quiet', 'no progress, no table', false);

function gateway(name: 'from' | 'to', what: string): Option {
  return new Option(`--${name} <url>`, what).makeOptionMandatory().argParser(readGateway);
}

function readGateway(text: string): Gateway {
  if (!/^https?:/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('It must be a URL such as https://api.example.com.');
  const url = new URL(text);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('It must be scheme, host and path alone; keys go into --header.');
  return { url, basePath: url.pathname.replace(/\/+$/, '') };
}

function readHost(text: string): string {
  if (!/^[\w.:[\]-]+$/.test(text))
    throw new InvalidArgumentError('It must be base, recorded, or a host name.');
  return text.toLowerCase();
}

function readHeader(text: string, before: Options['header']): Options['header'] {
  const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\r\n\0]*)$/.exec(text) ?? [];
  // The value may be a key, so the message omits it.
  if (name === undefined) throw new InvalidArgumentError('It must be "Name: value".');
  return [...before, [name, value]];
}

function readPointer(text: string, before: readonly Pointer[]): readonly Pointer[] {
  if (text !== '' && !text.startsWith('/')) throw new InvalidArgumentError('It must start with "/".');
  return [...before, cutPointer(text)];
}
