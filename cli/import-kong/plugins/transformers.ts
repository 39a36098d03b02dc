/** request-transformer and response-transformer: describes in detail what is no longer done. */
import type { Loss, Missing, Settings } from './entry.ts';
import { someOf } from '../report.ts';

type Operation = Readonly<Record<string, unknown>>;

/** `X-Gateway:edge` names X-Gateway; a bare name is itself. */
function namesIn(config: Settings, operation: string, part: string): string[] {
  const list = (config[operation] as Operation | undefined)?.[part];
  return Array.isArray(list) ? list.map((entry) => String(entry).split(':')[0]!) : [];
}

function wordsOf(
  config: Settings,
  operations: Operations,
  parts: readonly (readonly [string, string])[],
): string[] {
  return operations.flatMap(([operation, done]) =>
    parts.flatMap(([part, what]) => {
      const names = namesIn(config, operation, part);
      return names.length === 0 ? [] : [`${what} ${someOf(names)} ${done}`];
    }),
  );
}

type Operations = readonly (readonly [operation: string, done: string])[];
/** What Kong removed from a response was not meant for callers. */
const HIDING: Operations = [
  ['remove', 'removed'],
  ['replace', 'replaced'],
];
const SHOWING: Operations = [
  ['rename', 'renamed'],
  ['add', 'added'],
  ['append', 'added'],
];
const OF_REQUEST = [
  ['headers', 'header'],
  ['querystring', 'argument'],
  ['body', 'body field'],
] as const;
const OF_ANSWER = [
  ['headers', 'header'],
  ['json', 'field'],
] as const;

function judgeRequest(config: Settings): Loss {
  const { http_method: method, replace } = config;
  const path = (replace as Operation | undefined)?.['uri'];
  const words = [
    ...(typeof path === 'string' ? [`path replaced by ${path}`] : []),
    ...(typeof method === 'string' ? [`method replaced by ${method}`] : []),
    ...wordsOf(config, [...HIDING, ...SHOWING], OF_REQUEST),
  ];
  return { effect: 'lost', why: `not done to requests: ${words.join('; ') || 'what its settings say'}` };
}

function judgeResponse(config: Settings): Loss {
  const hiding = wordsOf(config, HIDING, OF_ANSWER);
  const words = [...hiding, ...wordsOf(config, SHOWING, OF_ANSWER)];
  const why = `not done to answers: ${words.join('; ') || 'what its settings say'}`;
  return { effect: hiding.length > 0 ? 'open' : 'lost', why };
}

export function requestTransformer(priority: number): Missing {
  return {
    fate: 'lost',
    priority,
    why: 'requests reach the service unchanged; the report says what is missing',
    judge: judgeRequest,
  };
}

export function responseTransformer(priority: number): Missing {
  return {
    fate: 'lost',
    priority,
    why: 'answers reach callers unchanged; the report says what is missing',
    judge: judgeResponse,
  };
}
