/** request-termination to `respondWith`, redirect to `redirect`: the gateway responds without contacting the service. */
import type { RespondWith } from '../../../lib/config/types.ts';
import { BOOL, TEXT, shape, whole } from '../checks.ts';
import { configOf, type Carried, type Closed, type Settings } from './entry.ts';
import { always, carried, to } from './fields.ts';
import type { Row } from '../rows.ts';

/** Kong's messages by default (kong/pdk/response.lua); for other statuses the body is empty. */
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [401, 'Unauthorized'],
  [404, 'Not found'],
  [405, 'Method not allowed'],
  [500, 'An unexpected error occurred'],
  [502, 'Bad Gateway'],
  [503, 'Service unavailable'],
]);

export const REQUEST_TERMINATION: Carried = {
  fate: 'carried',
  priority: 2,
  why: '`respondWith`, `consumerResponses`; with `echo` the route is closed',
  config: shape({
    status_code: whole(100, 599),
    message: TEXT,
    body: TEXT,
    content_type: TEXT,
    echo: BOOL,
    trigger: TEXT,
  }),
  fault: terminationFault,
  onRoutesOnly: true,
  map: (plugin, { draft, of2018 }) => {
    if (draft.respondWith) return {};
    const respondWith = mapTermination(plugin, of2018);
    return 'closed' in respondWith ? respondWith : { respondWith };
  },
  consumer: { setting: 'consumerResponses', map: (plugin, { of2018 }) => mapTermination(plugin, of2018) },
};

function terminationFault({ message, body, content_type: type, echo }: Settings): string | null {
  const content = body !== undefined && body !== null;
  if (typeof message === 'string' && (content || typeof type === 'string'))
    return 'must have message, or body and content_type, not both';
  if (typeof type === 'string' && !content) return 'must have a body with content_type';
  return echo === true && content ? 'must not have echo and a body' : null;
}

function mapTermination(plugin: Row, of2018: boolean): RespondWith | Closed {
  const { status_code: code, message, body, content_type: type, echo, trigger } = configOf(plugin);
  const status = typeof code === 'number' ? code : 503;
  if (echo === true) return { closed: 'echo would show callers the inside of the gateway' };
  if (status < 200) return { closed: `a Worker cannot answer with status ${status}` };
  const of = { status, ...(typeof trigger === 'string' ? { trigger } : {}) };
  if (typeof body === 'string')
    return { ...of, body, ...(typeof type === 'string' ? { contentType: type } : {}) };
  const text = typeof message === 'string' ? message : MESSAGES.get(status);
  if (text === undefined) return of;
  // Up to 0.14 the body ended with a newline.
  if (of2018)
    return {
      ...of,
      body: `${JSON.stringify({ message: text })}\n`,
      contentType: 'application/json; charset=utf-8',
    };
  return { ...of, message: text };
}

export const REDIRECT = carried('redirect', {
  priority: 779,
  why: '`redirect`',
  fields: {
    status_code: always('status', whole(100, 599), 301),
    location: TEXT,
    keep_incoming_path: to('keepPath', BOOL, false),
  },
  fault: ({ location }) => (typeof location === 'string' ? null : 'must have a location'),
  guards: true,
  tied: true,
  more: ({ status_code: status, location }): { to: string } | Closed => {
    if (typeof status === 'number' && status < 200)
      return { closed: `a Worker cannot answer with status ${status}` };
    const to = String(location);
    return /^https?:\/\/[^\s]+$/.test(to) && URL.canParse(to)
      ? { to }
      : { closed: `${to} is no http or https URL` };
  },
});
