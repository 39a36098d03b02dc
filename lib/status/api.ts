/**
 * The operator's own requests, at `status.path` and behind its token.
 *
 *   GET  {path}          the page
 *   GET  {path}/json     the page's figures
 *   GET  {path}/metrics  the same for Prometheus
 *   GET  {path}/plan     the configuration as it was understood, redacted
 *   POST {path}/forget   drops the verdicts on all keys, or on the one whose SHA-256 the query or the body names, in this isolate
 *
 * Promises 401 without the token, whatever the path; nothing of it cached, framed or readable by another site's pages.
 * A program shows the token as Bearer, a browser as the password of its own prompt, for any user name. Tokens are compared
 * by their digests, which nobody can steer: how long that takes tells nothing.
 * A browser sends the password to everything under the folder that asked for it. Whoever opens {path} is therefore sent to
 * {path}/ first, or the origins would get the password with each request to this host.
 * Rejected: a cookie. It needs a form, a second secret and a way to withdraw it.
 */
import type { Hooks } from '../core/feature.ts';
import { normalPathOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { refuse, type Refusal } from '../core/errors.ts';
import { logLine } from '../http/log.ts';
import { countAnswer } from '../core/metrics.ts';
import { metricsText, redactedPlan, statusReport } from './report.ts';
import type { State } from '../http/state.ts';
import { pagePolicy, statusPage } from './page.ts';

const NOT_OPERATOR = refuse('operator_only', 401, 'Unauthorized', [
  ['WWW-Authenticate', 'Basic realm="gateway status"'],
]);
const NO_SUCH_PAGE = refuse('no_route', 404, 'Not found');
const UNCLEAR_KEY = refuse('bad_request', 400, 'Cannot forget a key: it must be named by 64 hex digits');

export function isOperatorPath(status: { readonly path: string } | null, path: string): boolean {
  return status !== null && (path + '/').startsWith(status.path + '/');
}

export function startStatus(state: State): Hooks {
  const { status } = state.settings;
  if (status === null) return {};
  return {
    early: (context) => (isOperatorPath(status, normalPathOf(context)) ? answerOperator(context, state) : null),
    finish:
      () =>
      (context, { status: code, reason }) =>
        countAnswer(state.metrics, context.route, code, reason, state.runtime.now()),
  };
}

/** Answers a request for which `isOperatorPath` holds. */
export async function answerOperator(context: Context, state: State): Promise<Response> {
  const { runtime } = state;
  const { path, token } = state.settings.status!;
  const { headers } = context;
  const asked = normalPathOf(context);
  if (asked === path && headers.get('sec-fetch-mode') === 'navigate')
    return new Response(null, { status: 302, headers: { Location: path + '/' } });
  const shown = shownToken(headers.get('authorization') ?? '');
  const known = (await runtime.digest(shown)) === (await runtime.digest(token));
  const kind = asked.slice(path.length + 1);
  const made = known ? await answerKnown(context, kind, path, state) : NOT_OPERATOR;
  if (made instanceof Response) return made;
  // By itself, not through the common exit: no page of another site is allowed to read what is answered here.
  const now = runtime.now();
  countAnswer(state.metrics, null, made.status, made.reason, now);
  if (state.settings.log !== 'off') runtime.log(logLine(context, undefined, made.status, made.reason, now));
  return state.refusal(made, context);
}

async function answerKnown(
  context: Context,
  kind: string,
  path: string,
  state: State,
): Promise<Response | Refusal> {
  const { runtime } = state;
  const nonce = runtime.id();
  const report = statusReport(state, runtime.now());
  if (context.method === 'POST' && kind === 'forget') return forget(context, state);
  if (kind === 'json') return reply('application/json', JSON.stringify(report), nonce);
  if (kind === 'plan') return reply('application/json', redactedPlan(state.settings), nonce);
  if (kind === 'metrics') return reply('text/plain; version=0.0.4', metricsText(report), nonce);
  return kind === '' ? reply('text/html', statusPage(path, nonce), nonce) : NO_SUCH_PAGE;
}

/** A page of another site must not make the operator's browser do it. What is no digest is refused, or a slip would drop them all. */
async function forget(context: Context, state: State): Promise<Response | Refusal> {
  const site = context.headers.get('origin');
  const asked = context.query.slice(1) + (await context.request.text());
  const digest = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i.exec(asked)?.[0].toLowerCase() ?? null;
  if (
    (site !== null && !site.endsWith('//' + context.host)) ||
    (digest === null && !/^\W*(all\W*(true)?)?\W*$/.test(asked))
  )
    return UNCLEAR_KEY;
  const forgotten = state.hooks.reduce((sum, { forget: drop }) => sum + (drop?.(digest) ?? 0), 0);
  return Response.json({ forgotten });
}

/** The token as a client shows it; "" for none. */
function shownToken(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ');
  try {
    return /^basic$/i.test(scheme) ? atob(value).replace(/^[^:]*:/, '') : value;
  } catch {
    return '';
  }
}

function reply(type: string, text: string, nonce: string): Response {
  return new Response(text, {
    headers: {
      'Content-Type': type + '; charset=utf-8',
      'Content-Security-Policy': pagePolicy(nonce),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
