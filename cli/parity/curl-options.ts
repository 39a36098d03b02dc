/**
 * curl's options: which change the request and how, which change nothing in what is sent. One that is neither is refused by name
 * instead of being ignored: it may be the one that matters.
 */
import { readFileSync } from 'node:fs';
import { fault } from './recorded.ts';

/** Options without a value that change nothing in what is sent. */
const FLAGS = new Set(
  `s silent S show-error v verbose i include show-headers L location k insecure f fail fail-with-body N no-buffer
  O remote-name J # progress-bar g globoff path-as-is 0 http1.0 http1.1 http2 http2-prior-knowledge http3 4 ipv4 6
  ipv6 no-keepalive tcp-nodelay no-progress-meter raw tlsv1.2 tlsv1.3 n netrc q disable R Z parallel`.split(
    /\s+/,
  ),
);
/** Options with a value that change nothing in what is sent. */
const VALUES = new Set(
  `o output w write-out m max-time connect-timeout retry retry-delay retry-max-time c cookie-jar cacert capath cert E
  key ciphers resolve connect-to x proxy limit-rate max-redirs D dump-header interface stderr trace`.split(
    /\s+/,
  ),
);

/** A request in the making. */
export interface Draft {
  method: string | null;
  url: string | null;
  headers: [string, string][];
  data: Buffer[];
  get: boolean;
  head: boolean;
}
type Take = (draft: Draft, value: string) => void;

/** What the options with a value that matter do to the request. */
const TAKES: Record<string, Take> = {
  request: (draft, value) => void (draft.method = value),
  url: (draft, value) => void (draft.url = value),
  header: (draft, value) => {
    const [, name, rest] = /^([^:;]+)[:;](.*)$/s.exec(value) ?? [];
    // `Name:` removes a header in curl, `Name;` sends it empty
    if (name !== undefined && !/:\s*$/.test(value)) draft.headers.push([name.trim(), (rest ?? '').trim()]);
  },
  data: (draft, value) => void draft.data.push(fromFile(value, (text) => text.replace(/[\r\n\0]/g, ''))),
  'data-raw': (draft, value) => void draft.data.push(Buffer.from(value)),
  'data-binary': (draft, value) => void draft.data.push(fromFile(value, (text) => text)),
  'data-urlencode': (draft, value) => {
    const [, name = '', text = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(value) ?? [];
    draft.data.push(Buffer.from(`${name === '' ? '' : `${name}=`}${encodeURIComponent(text)}`));
  },
  json: (draft, value) => {
    draft.data.push(fromFile(value, (text) => text));
    draft.headers.push(['Content-Type', 'application/json'], ['Accept', 'application/json']);
  },
  user: (draft, value) =>
    void draft.headers.push(['Authorization', `Basic ${Buffer.from(value).toString('base64')}`]),
  'oauth2-bearer': (draft, value) => void draft.headers.push(['Authorization', `Bearer ${value}`]),
  cookie: (draft, value) => {
    if (value.includes('=')) draft.headers.push(['Cookie', value]);
  },
  'user-agent': (draft, value) => void draft.headers.push(['User-Agent', value]),
  referer: (draft, value) => void draft.headers.push(['Referer', value]),
  range: (draft, value) => void draft.headers.push(['Range', `bytes=${value}`]),
};
const SHORT: Record<string, string> = {
  X: 'request',
  H: 'header',
  d: 'data',
  u: 'user',
  b: 'cookie',
  A: 'user-agent',
  e: 'referer',
  r: 'range',
  'data-ascii': 'data',
};

/** `-sXPOST`: flags, then perhaps one option with its value in the same or the next word. Returns how many more words it took. */
export function takeShort(draft: Draft, word: string, next: string | undefined, where: string): number {
  for (let i = 1; i < word.length; i++) {
    const inline = word.slice(i + 1);
    if (takeOption(draft, word.charAt(i), inline === '' ? next : inline, where)) return inline === '' ? 1 : 0;
  }
  return 0;
}

/** True where the option has a value. */
export function takeOption(draft: Draft, option: string, value: string | undefined, where: string): boolean {
  if (option === 'G' || option === 'get') draft.get = true;
  else if (option === 'I' || option === 'head') draft.head = true;
  else if (option === 'compressed') draft.headers.push(['Accept-Encoding', 'deflate, gzip, br, zstd']);
  else if (!FLAGS.has(option)) {
    const take = TAKES[SHORT[option] ?? option];
    if (!take && !VALUES.has(option)) {
      throw fault(
        `${where}: option must be one that is known here, received ${option.length > 1 ? '--' : '-'}${option}`,
      );
    }
    if (value === undefined) throw fault(`${where}: option -${option} must have a value, received none`);
    try {
      take?.(draft, value);
    } catch (error) {
      throw fault(`${where}: ${error instanceof Error ? error.message : 'option cannot be read'}`);
    }
    return true;
  }
  return false;
}

function fromFile(value: string, clean: (text: string) => string): Buffer {
  if (!value.startsWith('@')) return Buffer.from(value);
  const bytes = readFileSync(value.slice(1));
  return Buffer.from(clean(bytes.toString('latin1')), 'latin1');
}
