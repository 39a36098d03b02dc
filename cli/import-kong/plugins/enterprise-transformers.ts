/** The transformers of the Enterprise edition: lists the changes that are not applied. */
import type { Table } from '../checks.ts';
import { someOf } from '../report.ts';
import type { Loss } from './entry.ts';

const OPERATIONS = ['remove', 'replace', 'rename', 'add', 'append'];

/** `remove querystring debug`, `replace uri /x`, `add headers X-A` for each operation that is set. */
function wordsOf(config: Table): string[] {
  return OPERATIONS.flatMap((operation) =>
    Object.entries(config[operation] ?? {}).flatMap(([part, value]: [string, unknown]) => {
      // `X-Gateway:edge` names X-Gateway.
      const names = Array.isArray(value) ? value.map((entry) => String(entry).split(':')[0]!) : [];
      const text = typeof value === 'string' ? value : someOf(names);
      return text === '' || part === 'json_types' ? [] : [`${operation} ${part} ${text}`];
    }),
  );
}

const joined = (words: readonly string[]): string => words.join('; ') || 'its settings';

export function requestChanges(config: Table): Loss {
  const { http_method: method } = config;
  const words = [...(typeof method === 'string' ? [`method ${method}`] : []), ...wordsOf(config)];
  return { effect: 'lost', why: `not applied to requests: ${joined(words)}` };
}

/** What Kong removed from a response was not meant for callers. */
export function responseChanges(config: Table): Loss {
  const words = wordsOf(config);
  const isOpen = words.some((text) => /^(remove|replace) /.test(text));
  return { effect: isOpen ? 'open' : 'lost', why: `not applied to responses: ${joined(words)}` };
}
