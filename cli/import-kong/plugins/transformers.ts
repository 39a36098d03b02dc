/** request-transformer and response-transformer: what is not added, cut or renamed any more, word for word. */
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
  verbs: readonly (readonly [string, string])[],
  parts: readonly string[],
): string[] {
  return verbs.flatMap(([operation, verb]) =>
    parts.flatMap((part) => {
      const names = namesIn(config, operation, part);
      const what = part === 'headers' ? 'header' : part === 'querystring' ? 'argument' : 'body field';
      return names.length === 0 ? [] : [`${what} ${someOf(names)} is not ${verb}`];
    }),
  );
}

const VERBS = [
  ['add', 'added'],
  ['append', 'added'],
  ['replace', 'replaced'],
  ['rename', 'renamed'],
  ['remove', 'removed'],
] as const;

function judgeRequest(config: Settings): Loss {
  const replace = config['replace'] as Operation | undefined;
  const path = replace?.['uri'];
  const method = config['http_method'];
  const words = [
    ...(typeof path === 'string' ? [`the path is the caller’s and not ${path}`] : []),
    ...(typeof method === 'string' ? [`the method is the caller’s and not ${method}`] : []),
    ...wordsOf(config, VERBS, ['headers', 'querystring', 'body']),
  ];
  const why =
    words.length === 0 ? 'requests reach the service unchanged' : `to the service, ${words.join('; ')}`;
  return { effect: 'lost', why };
}

/** What Kong cut out of answers was not for callers. */
function judgeResponse(config: Settings): Loss {
  const shown = wordsOf(
    config,
    [
      ['remove', 'removed'],
      ['replace', 'replaced'],
    ],
    ['headers', 'json'],
  );
  const words = [
    ...shown,
    ...wordsOf(
      config,
      VERBS.filter(([verb]) => !/^re[mp]/.test(verb)),
      ['headers', 'json'],
    ),
  ];
  const why = words.length === 0 ? 'answers reach callers unchanged' : `to callers, ${words.join('; ')}`;
  return { effect: shown.length > 0 ? 'open' : 'lost', why };
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
