/**
 * The operator's requests, at `status.path` and behind its token.
 *
 *   GET  {path}          the page
 *   GET  {path}/json     the page's figures
 *   GET  {path}/metrics  the same for Prometheus
 *   GET  {path}/plan     the resolved configuration, redacted
 *   GET  {path}/metrics?all  the sums of all isolates (shared.metrics)
 *   POST {path}/drain, undrain, eject, forget: actions.ts
 *
 * Without the token every path returns 401; no response is cached, framed or readable by another site's pages. A
 * program sends the token as Bearer, a browser as the password of its own prompt, for any user name. Tokens are
 * compared by their digests, which an attacker cannot choose, so the time it takes reveals nothing. A browser sends the
 * password to everything below the directory that asked for it; {path} is therefore redirected to {path}/ first, or the
 * origins would get the password with each request to this host. Rejected: a cookie. It needs a form, a second secret
 * and a way to revoke it.
 */
import type { Hooks } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { refuse, type Refusal } from '../core/errors.ts';
import { logLine } from '../http/log.ts';
import { countAnswer } from '../core/metrics.ts';
import { act, isAction } from './actions.ts';
import { keepHistory } from './history.ts';
import { metricFamilies, pageReport, redactedPlan, statusReport } from './report.ts';
import { familiesText } from './prometheus.ts';
import type { State } from '../http/state.ts';
import { normalisePath } from '../core/url-path.ts';
import { pagePolicy, statusPage } from './page.ts';

/** Refusals too, under every profile: a cache would otherwise serve them to the operator. */
const NO_STORE = ['Cache-Control', 'no-store'] as const;
const NOT_OPERATOR = refuse('operator_only', 401, 'Unauthorized', [
  ['WWW-Authenticate', 'Basic realm="gateway status"'],
  NO_STORE,
]);
const NO_SUCH_PAGE = refuse('no_route', 404, 'Not found', [NO_STORE]);
const NO_SUMS = refuse('bad_request', 503, 'There are no sums of all isolates: see shared.metrics', [
  NO_STORE,
]);
const notAllowed = (methods: string): Refusal =>
  refuse('method_not_allowed', 405, 'Method not allowed', [['Allow', methods], NO_STORE]);
const READ_ONLY = notAllowed('GET, HEAD');
const ACTION = notAllowed('POST');

/**
 * The part of a request's path after the operator's path, "" for the page itself; null for all other requests.
 */
export function operatorPage(status: { readonly path: string }, requestPath: string): string | null {
  const path = normalisePath(requestPath);
  if (path === status.path) return '';
  return path.startsWith(status.path + '/') ? path.slice(status.path.length) : null;
}

export function startStatus(state: State): Hooks {
  const { status } = state.settings;
  if (status === null) return {};
  return {
    early: (context) => {
      keepHistory(state, context.startedAt);
      const page = operatorPage(status, context.path);
      return page === null ? null : answerOperator(context, page, state);
    },
    finish: () => (context, exit) => countAnswer(state.metrics, context, exit, state.runtime.now()),
  };
}

/** Answers a request for a page, as `operatorPage` names it. */
export async function answerOperator(context: Context, page: string, state: State): Promise<Response> {
  const { runtime } = state;
  const { path, token } = state.settings.status!;
  const { headers } = context;
  if (page === '' && headers.get('sec-fetch-mode') === 'navigate')
    return new Response(null, {
      status: 302,
      headers: { Location: path + '/', 'Cache-Control': 'no-store' },
    });
  const shown = shownToken(headers.get('authorization') ?? '');
  const known = (await runtime.digest(shown)) === (await runtime.digest(token));
  const made = known ? await answerKnown(context, page.slice(1), state) : NOT_OPERATOR;
  if (made instanceof Response)
    return context.method === 'HEAD' ? new Response(null, { headers: made.headers }) : made;
  if (!known) {
    const now = runtime.now();
    countAnswer(state.metrics, context, made, now);
    if (state.settings.log !== 'off') runtime.log(logLine(context, undefined, made.status, made.reason, now));
  }
  // Not through the common exit, which would add CORS headers: no page of another site may read this response.
  return state.refusal(made, context);
}

async function answerKnown(context: Context, page: string, state: State): Promise<Response | Refusal> {
  const { runtime, settings, hooks } = state;
  const { method } = context;
  const nonce = runtime.id();
  const reply = (type: string, text: string, status = 200): Response => {
    const headers = {
      'Content-Type': type + '; charset=utf-8',
      'Content-Security-Policy': pagePolicy(nonce),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    };
    return new Response(text, { status, headers });
  };
  if (isAction(page)) {
    if (method !== 'POST') return ACTION;
    const done = await act(page, context, state);
    return 'reason' in done ? done : reply('application/json', JSON.stringify(done.report), done.status);
  }
  if (method !== 'GET' && method !== 'HEAD') return READ_ONLY;
  const now = runtime.now();
  if (page === 'json') return reply('application/json', JSON.stringify(await pageReport(state, now)));
  if (page === 'plan') return reply('application/json', redactedPlan(settings));
  if (page === 'metrics') {
    const text = /[?&]all\b/.test(context.query)
      ? await hooks.find((hook) => hook.allMetrics)?.allMetrics?.()
      : familiesText(metricFamilies(statusReport(state, now)));
    return text == null ? NO_SUMS : reply('text/plain; version=0.0.4', text);
  }
  return page === '' ? reply('text/html', statusPage(settings.status!.path, nonce)) : NO_SUCH_PAGE;
}

/** The token in the Authorization header, "" if absent. */
function shownToken(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ');
  try {
    return /^basic$/i.test(scheme) ? atob(value).replace(/^[^:]*:/, '') : value;
  } catch {
    return '';
  }
}
