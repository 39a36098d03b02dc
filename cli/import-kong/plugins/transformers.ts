/** The transformers of the Enterprise edition: describes in detail what is no longer done. */
import type { Missing, Settings } from './entry.ts';
import { someOf } from '../report.ts';

const OPERATIONS = ['remove', 'replace', 'rename', 'add', 'append'];
/** What Kong removed from a response was not meant for callers. */
const HIDING = ['remove', 'replace'];

/** `remove querystring debug`, `replace uri /x`, `add headers X-A` for each operation that is set. */
function wordsOf(config: Settings, operations: readonly string[]): string[] {
  return operations.flatMap((operation) =>
    Object.entries(config[operation] ?? {}).flatMap(([part, value]: [string, unknown]) => {
      // `X-Gateway:edge` names X-Gateway.
      const names = Array.isArray(value) ? value.map((entry) => String(entry).split(':')[0]!) : [];
      const text = typeof value === 'string' ? value : someOf(names);
      return text === '' || part === 'json_types' ? [] : [`${operation} ${part} ${text}`];
    }),
  );
}

export function requestTransformer(priority: number): Missing {
  return {
    fate: 'lost',
    priority,
    why: 'requests reach the service unchanged; the report says what is missing',
    judge: (config) => {
      const { http_method: method } = config;
      const words = [
        ...(typeof method === 'string' ? [`method ${method}`] : []),
        ...wordsOf(config, OPERATIONS),
      ];
      return { effect: 'lost', why: `not done to requests: ${words.join('; ') || 'what its settings say'}` };
    },
  };
}

export function responseTransformer(priority: number): Missing {
  return {
    fate: 'lost',
    priority,
    why: 'answers reach callers unchanged; the report says what is missing',
    judge: (config) => {
      const words = wordsOf(config, OPERATIONS).join('; ') || 'what its settings say';
      const hides = wordsOf(config, HIDING).length > 0;
      return { effect: hides ? 'open' : 'lost', why: `not done to answers: ${words}` };
    },
  };
}
