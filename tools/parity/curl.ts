/**
 * A list of curl commands, as "Copy as cURL" of a browser or a page of documentation gives them: one or many,
 * with comments, continued lines, and quoting as a POSIX shell or bash reads it (shell-quote does that part).
 *
 * Nothing is executed: variables stay as written, a pipe ends the command, and an option whose meaning
 * would change the request but is not known here is refused by name instead of being ignored.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'shell-quote';
import type { Line } from './lines.ts';
import { fault, recorded, type Recorded } from './recorded.ts';

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

interface Draft {
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

export async function* readCurl(lines: AsyncIterable<Line>, name: string): AsyncGenerator<Recorded> {
  let text = '';
  let first = 0;
  let last = 0;
  for await (const line of lines) {
    if (text === '') {
      if (/^\s*(?:#.*)?$/.test(line.text)) continue;
      first = line.number;
    }
    text += line.text;
    last = line.offset;
    const end = endOf(text);
    if (end === 'quote') text += '\n';
    else if (end === 'backslash') text = `${text.slice(0, -1)} `;
    else {
      yield* commands(text, `${name}:${first}`, last);
      text = '';
    }
  }
  if (endOf(text) === 'quote')
    throw fault(`${name}:${first}: quote must be closed, received the end of the file`);
  if (text.trim() !== '') yield* commands(text, `${name}:${first}`, last);
}

/** What an end of line means there: the command's end, more of a quoted text, or a continued line. */
function endOf(text: string): 'whole' | 'quote' | 'backslash' {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && quote !== "'") {
      if (i === text.length - 1) return quote === '' ? 'backslash' : 'quote';
      i++;
    } else if (quote === '') {
      if (char === '#' && /(?:^|\s)$/.test(text.slice(Math.max(0, i - 1), i))) break;
      if (char === "'") quote = text.charAt(i - 1) === '$' ? "$'" : "'";
      else if (char === '"') quote = '"';
    } else if (char === quote.slice(-1)) quote = '';
  }
  return quote === '' ? 'whole' : 'quote';
}

function* commands(text: string, where: string, offset: number): Generator<Recorded> {
  let words: string[] = [];
  let piped = false;
  const whole = parse(text, (name) => `$${name}`);
  for (const word of [...whole, { op: ';' } as const]) {
    if (typeof word === 'string') words.push(word);
    else if ('pattern' in word) words.push(word.pattern);
    else if ('op' in word) {
      if (words[0] === '$') words.shift();
      if (words.length > 0 && !piped) yield oneCommand(words, where, offset);
      piped = word.op === '|' || word.op === '>' || word.op === '>>';
      words = [];
    }
  }
}

function oneCommand(words: string[], where: string, offset: number): Recorded {
  const draft: Draft = { method: null, url: null, headers: [], data: [], get: false, head: false };
  if (!/(?:^|\/)curl(?:\.exe)?$/.test(words[0] ?? '')) {
    throw fault(`${where}: command must be curl, received another word (an address with "&" must be quoted)`);
  }
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-' || !word.startsWith('-')) {
      if (draft.url !== null) throw fault(`${where}: command must have one address, received two`);
      draft.url = word;
    } else if (word.startsWith('--')) {
      const [, option = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
      i += takeOption(draft, option, inline ?? words[i + 1], where) && inline === undefined ? 1 : 0;
    } else i += takeShort(draft, word, words[i + 1], where);
  }
  if (draft.url === null) throw fault(`${where}: command must have an address, received none`);
  return finished(draft, draft.url, where, offset);
}

/** `-sXPOST`: flags, then perhaps one option with its value in the same or the next word. Returns how many more words it took. */
function takeShort(draft: Draft, word: string, next: string | undefined, where: string): number {
  for (let i = 1; i < word.length; i++) {
    const inline = word.slice(i + 1);
    if (takeOption(draft, word.charAt(i), inline === '' ? next : inline, where)) return inline === '' ? 1 : 0;
  }
  return 0;
}

/** True where the option has a value. */
function takeOption(draft: Draft, option: string, value: string | undefined, where: string): boolean {
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

function finished(draft: Draft, url: string, where: string, offset: number): Recorded {
  const has = (name: string) => draft.headers.some(([key]) => key.toLowerCase() === name);
  const address = /^[a-z]+:\/\//i.test(url) || url.startsWith('/') ? url : `http://${url}`;
  const data = Buffer.concat(draft.data.flatMap((part, i) => (i > 0 ? [Buffer.from('&'), part] : [part])));
  if (!has('accept')) draft.headers.push(['Accept', '*/*']);
  if (!has('user-agent')) draft.headers.push(['User-Agent', 'curl/8']);
  if (draft.get && data.length > 0) {
    const query = `${address}${address.includes('?') ? '&' : '?'}${data.toString()}`;
    return recorded(where, offset, draft.method ?? 'GET', query, draft.headers);
  }
  const body = draft.data.length > 0 ? data : null;
  if (body && !has('content-type')) draft.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  const method = draft.method ?? (draft.head ? 'HEAD' : body ? 'POST' : 'GET');
  return recorded(where, offset, method, address, draft.headers, body);
}

function fromFile(value: string, clean: (text: string) => string): Buffer {
  if (!value.startsWith('@')) return Buffer.from(value);
  const bytes = readFileSync(value.slice(1));
  return Buffer.from(clean(bytes.toString('latin1')), 'latin1');
}
