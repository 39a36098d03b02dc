/**
 * The companion: the state that all isolates of a gateway share. A separate Worker, deployed once per gateway, which
 * calls it by the service binding SHARED. One Durable Object per shard; all calls but leases go to shard 0.
 *
 *   POST /lease    {isolate, session, sequence, asks}     tokens of rate limits: a grant for each ask
 *   POST /revoke   {sha256}, null for all keys            GET /changes?since=N   what was revoked after number N
 *   POST /board    {name, rows}                           GET /board?name=X     the last rows (lib/shared/board.ts)
 *   POST /count    {isolate, session, sequence, counts}   GET /count             the sums of all isolates
 *
 * The same file runs on Cloudflare, under Miniflare and on plain workerd. Only the gateway may reach it: it has no
 * public route, and if it listens on a network, SHARED_TOKEN makes it require that token of every request.
 */
import { ANSWER_HEADERS } from '../limits/lease-messages.ts';
import type { Envelope, LeaseRequest } from '../limits/lease-messages.ts';
import { keepBoard } from './boards.ts';
import type { BoardNote, Boards } from './boards.ts';
import { answerLeases } from './leases.ts';
import type { CompanionState } from './leases.ts';
import { addRevocation, beginRevocations, changesSince } from './revocations.ts';
import { createTables, windowStorage } from './storage.ts';
import type { Sql } from './storage.ts';
import { addCounts, createSums, sumsReport } from './sums.ts';
import type { Counts, Sums } from './sums.ts';
import { FLUSH_MS, awakeUntil, createWindows, flushWindows } from './windows.ts';

/** The used part of a Durable Object's context and namespace; the platform's own types clash with Node's. */
interface Context {
  readonly storage: {
    readonly sql: { exec: (text: string, ...values: unknown[]) => { toArray: () => unknown[] } };
  };
}
interface Namespace {
  readonly idFromName: (name: string) => unknown;
  readonly get: (id: never) => { fetch: (request: Request) => Promise<Response> };
}
interface Env {
  readonly SHARED_STATE: Namespace;
  readonly SHARED_TOKEN?: string | null;
}

const MINUTE_MS = 60_000;

const emptyResponse = (status: number): Response => new Response(null, { status });

export class Shared {
  readonly sql: Sql;
  readonly state: CompanionState;
  readonly sums: Sums;
  /** By name. The content is opaque here. */
  readonly boards: Boards = new Map();
  /** A timer that writes the exact counts is set. */
  flushing = false;
  /** Until then a timer keeps the object from hibernating. */
  awakeUntil = 0;

  constructor({ storage }: Context) {
    const now = Date.now();
    this.sql = (text, ...values) => storage.sql.exec(text, ...values).toArray() as ReturnType<Sql>;
    createTables(this.sql);
    beginRevocations(this.sql, now);
    const windows = createWindows(windowStorage(this.sql), now);
    this.state = { peers: new Map(), windows, newSession: () => crypto.randomUUID() };
    this.sums = createSums(now);
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const body: unknown = request.method === 'POST' ? await request.json().catch(() => null) : undefined;
    if (body === null) return emptyResponse(400);
    const answer = this.answer(`${request.method} ${pathname}`, searchParams, body, Date.now());
    return answer === undefined ? emptyResponse(404) : Response.json(answer, { headers: ANSWER_HEADERS });
  }

  /** Undefined: there is nothing of that method and path. */
  answer(asked: string, parameters: URLSearchParams, body: unknown, now: number): unknown {
    switch (asked) {
      case 'POST /lease':
        return this.lease(body as LeaseRequest, now);
      case 'POST /count':
        return addCounts(this.sums, body as Envelope & Counts, now, this.state.newSession);
      case 'GET /count':
        return sumsReport(this.sums, now);
      case 'GET /board':
        return this.boards.get(parameters.get('name')) ?? null;
      case 'POST /board':
        return keepBoard(this.boards, body as BoardNote);
      case 'GET /changes':
        return changesSince(this.sql, Number(parameters.get('since')));
      case 'POST /revoke':
        return { version: addRevocation(this.sql, (body as { sha256: string | null }).sha256, now) };
      default:
        return undefined;
    }
  }

  lease(request: LeaseRequest, now: number): unknown {
    const answer = answerLeases(this.state, request, now);
    const { windows } = this.state;
    if (windows.unsaved.size > 0 && !this.flushing) {
      this.flushing = true;
      setTimeout(() => {
        this.flushing = false;
        flushWindows(windows, Date.now());
      }, FLUSH_MS);
    }
    // No window in memory is longer than a minute; an isolate's clock may be days ahead.
    const ends = Math.min(now + 2 * MINUTE_MS, Math.max(...request.asks.map(awakeUntil)));
    if (ends > this.awakeUntil) {
      this.awakeUntil = ends + MINUTE_MS;
      setTimeout(() => {}, this.awakeUntil - now);
    }
    return answer;
  }
}

export default {
  fetch(request: Request, { SHARED_STATE, SHARED_TOKEN }: Env): Response | Promise<Response> {
    if (SHARED_TOKEN != null && request.headers.get('x-token') !== SHARED_TOKEN) return emptyResponse(403);
    const shard = new URL(request.url).searchParams.get('shard') ?? '0';
    return SHARED_STATE.get(SHARED_STATE.idFromName(shard) as never).fetch(request);
  },
};
