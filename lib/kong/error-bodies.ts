/**
 * Kong's error responses, in two profiles.
 *
 * "kong-3": status and message of Kong 3, as JSON, text, HTML or XML. Errors of the router and of plugins are
 * negotiated by Accept, and are JSON without it; errors raised while proxying fall back to Content-Type and then to
 * text (kong/error_handlers.lua, kong/pdk/response.lua). "kong-2018": Kong 0.12 to 1.0, where a plugin's response was
 * always compact JSON, and a wrong key was 403. Kong inserts messages into its templates unescaped; so do both
 * profiles.
 */
import { refuse } from '../core/errors.ts';
import type { Reason, Refusal } from '../core/errors.ts';
import { requestIdOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';

type Form = 'json' | 'plain' | 'html' | 'xml';

/** Errors raised while proxying or parsing: nginx's error page in Kong. */
const PROXY = /^(?:origin_|retry_|method_|bad_up|bad_req|payload_)/;
/** Internal errors of Kong: never negotiated, and without a request id. */
const INTERNAL = /^(?:internal|limit_unknown)$/;

const TYPES: Record<Form, string> = {
  json: 'application/json',
  plain: 'text/plain',
  html: 'text/html',
  xml: 'application/xml',
};
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['text/html', 'html'],
  ['text/plain', 'plain'],
  ['text/*', 'plain'],
  ['application/xml', 'xml'],
]);
const UTF8 = '; charset=utf-8';

/** What differed in 2018: status, message (null if the same), WWW-Authenticate (null for none). */
const OLD: Partial<
  Record<Reason, readonly [status: number, message: string | null, challenge: string | null]>
> = {
  no_route: [404, 'no API found with those values', null],
  bad_key: [403, 'Invalid authentication credentials', null],
  no_key: [401, null, 'Key realm="kong"'],
  duplicate_key: [401, null, null],
  anonymous_missing: [500, 'An unexpected error occurred', null],
};

/** The best format of a list such as Accept, by Kong's rules: unknown types mean JSON, the first of equals wins. */
function chooseForm(accepted: string | null): Form {
  let chosen: Form = 'json';
  let best = 0;
  for (const range of accepted?.split(',') ?? []) {
    const [name = '', ...parameters] = range.toLowerCase().split(';');
    let quality = 1;
    for (const parameter of parameters)
      quality = Number(/^\s*q=(\d*\.\d+)\s*$/.exec(parameter)?.[1] ?? quality);
    if (quality > best && name.includes('/')) {
      chosen = FORMS.get(name.trim()) ?? 'json';
      best = quality;
    }
  }
  return chosen;
}

/** Kong of 2018 searched for a known type anywhere in Accept. */
const chooseOldForm = (accept: string | null): Form =>
  (['html', 'json', 'xml'] as const).find((known) => accept?.includes(TYPES[known])) ?? 'plain';

const bodyWriters: Record<Form, (message: string, id: string) => string> = {
  json: (message, id) => `{
  "message":"${message}",
  "request_id":"${id}"
}`,
  plain: (message, id) => `${message}\nrequest_id: ${id}\n`,
  html: (message, id) => `<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    <title>Error</title>
  </head>
  <body>
    <h1>Error</h1>
    <p>${message}.</p>
    <p>request_id: ${id}</p>
  </body>
</html>
`,
  xml: (message, id) => `<?xml version="1.0" encoding="UTF-8"?>
<error>
  <message>${message}</message>
  <requestid>${id}</requestid>
</error>
`,
};

const writeOld: Record<Form, (message: string) => string> = {
  json: (message) => `{"message":"${message}"}\n`,
  plain: (message) => message + '\n',
  html: (message) => `<html>
<head>
<title>Kong Error</title>
</head>
<body>
<h1>Kong Error</h1>
<p>${message}.</p>
</body>
</html>
`,
  xml: (message) => `<?xml version="1.0" encoding="UTF-8"?>
<error><message>${message}</message></error>
`,
};

function oldRefusal(refusal: Refusal): Refusal {
  const old = OLD[refusal.reason];
  if (!old) return refusal;
  const [status, message, challenge] = old;
  const kept = (refusal.headers ?? []).filter(([name]) => name.toLowerCase() !== 'www-authenticate');
  const headers = challenge === null ? kept : [...kept, ['WWW-Authenticate', challenge] as const];
  return refuse(refusal.reason, status, message ?? refusal.message, headers);
}

/** Content-Type and body. */
function kongBody(
  { reason, message, json }: Refusal,
  old: boolean,
  accept: string | null,
  contentType: string | null,
  id: string,
): [type: string, text: string] {
  const proxied = PROXY.test(reason);
  if (json !== undefined) return [TYPES.json + UTF8, old ? json + '\n' : json];
  if (old) {
    if (!proxied) return [TYPES.json + UTF8, writeOld.json(message)];
    const oldForm = chooseOldForm(accept);
    return [TYPES[oldForm], writeOld[oldForm](message)];
  }
  if (INTERNAL.test(reason)) return [TYPES.json + UTF8, `{"message":"${message}"}`];
  const form = chooseForm(accept ?? (proxied ? (contentType ?? 'text/plain') : null));
  return [TYPES[form] + UTF8, bodyWriters[form](message, id)];
}

/** Kong's response to a refusal, negotiated by the request's Accept, else by its Content-Type. */
export function kongRefusal(
  refusal: Refusal,
  context: Context,
  compat: 'kong-3' | 'kong-2018',
  errorType: string,
): Response {
  const old = compat === 'kong-2018';
  const error = old ? oldRefusal(refusal) : refusal;
  const headers = new Headers(error.headers as [string, string][] | undefined);
  if (error.message === '') return new Response(null, { status: error.status, headers });
  const { headers: sent, method } = context;
  const id = requestIdOf(context);
  const [type, text] = kongBody(error, old, sent.get('accept'), sent.get('content-type') ?? errorType, id);
  headers.set('content-type', type);
  return new Response(method === 'HEAD' ? null : text, { status: error.status, headers });
}
