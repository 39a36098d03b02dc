/**
 * A list of curl commands, as "Copy as cURL" of a browser or a page of documentation gives them: one or many,
 * with comments, continued lines, and quoting as a POSIX shell or bash reads it (shell-quote does that part).
 *
 * Nothing is executed: variables stay as written, a pipe ends the command, and an option whose meaning
 * would change the request but is not known here is refused by name instead of being ignored.
 */
import { parse } from 'shell-quote';
import { takeOption, takeShort, type Draft } from './curl-options.ts';
import type { Line } from './lines.ts';
import { fault, recorded, type Recorded } from './recorded.ts';

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
