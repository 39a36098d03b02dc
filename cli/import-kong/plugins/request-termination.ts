/**
 * request-termination to `respondWith`, redirect to `redirect`: the gateway responds without contacting the service.
 */
import type { RespondWith } from '../../../lib/config/types.ts';
import { BOOL, TEXT, compact, whole } from '../checks.ts';
import type { Closed } from './entry.ts';
import { always, carried, plugIn, to } from './fields.ts';

/** Kong's messages by default (kong/pdk/response.lua); for other statuses the body is empty. */
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [401, 'Unauthorized'],
  [404, 'Not found'],
  [405, 'Method not allowed'],
  [500, 'An unexpected error occurred'],
  [502, 'Bad Gateway'],
  [503, 'Service unavailable'],
]);

const noAnswer = (status: number): Closed => ({ closed: `a Worker cannot answer with status ${status}` });

export const REQUEST_TERMINATION = plugIn({
  why: '`respondWith`, `consumerResponses`; with `echo` the route is closed',
  fields: {
    status_code: whole(100, 599),
    message: TEXT,
    body: TEXT,
    content_type: TEXT,
    echo: BOOL,
    trigger: TEXT,
  },
  fault: ({ message, body, content_type: type, echo }) => {
    if (message !== undefined && (body !== undefined || type !== undefined))
      return 'must have message, or body and content_type, not both';
    if (type !== undefined && body === undefined) return 'must have a body with content_type';
    return echo === true && body !== undefined ? 'must not have echo and a body' : null;
  },
  guards: true,
  consumer: 'consumerResponses',
  map: ({ status_code: status = 503, echo, trigger, ...content }, _plugin, { draft, of2018 }) => {
    if (draft.respondWith) return {};
    if (echo === true) return { closed: 'echo would reveal internals of the gateway' };
    if (status < 200) return noAnswer(status);
    const answer = contentOf(content.message ?? MESSAGES.get(status), content, of2018);
    return { respondWith: { status, ...compact({ trigger }), ...answer } };
  },
});

function contentOf(
  message: string | undefined,
  { body, content_type: type }: { readonly body?: string; readonly content_type?: string },
  of2018: boolean,
): RespondWith {
  if (body !== undefined) return { body, ...compact({ contentType: type }) };
  if (message === undefined) return {};
  if (!of2018) return { message };
  // Up to 0.14 the body ended with a newline.
  return { body: `${JSON.stringify({ message })}\n`, contentType: 'application/json; charset=utf-8' };
}

export const REDIRECT = carried('redirect', {
  why: '`redirect`',
  fields: {
    status_code: always('status', whole(100, 599), 301),
    location: TEXT,
    keep_incoming_path: to('keepPath', BOOL, false),
  },
  fault: ({ location }) => (location === undefined ? 'must have a location' : null),
  guards: true,
  consumer: 'consumerSettings',
  more: ({ status_code: status = 301, location: to = '' }) => {
    if (status < 200) return noAnswer(status);
    const isUrl = /^https?:\/\/[^\s]+$/.test(to) && URL.canParse(to);
    return isUrl ? { to } : { closed: `${to} is not an http or https URL` };
  },
});
