/**
 * The companion: what all isolates of a gateway share. A Worker of its own, deployed once beside the gateway, whose
 * service binding SHARED names it. One Durable Object for each shard; everything but leases is asked of shard 0.
 *
 *   POST /lease    {isolate, session, sequence, asks}     tokens of rate limits: a grant for each ask
 *   POST /revoke   {sha256}, null for all keys            GET /changes?since=N   what was revoked after number N
 *   POST /board    {name, rows}                           GET /board?name=X     what was told last (lib/shared/board.ts)
 *   POST /count    {isolate, session, sequence, counts}   GET /count             the sums of all isolates
 *
 * The same file runs on Cloudflare, under Miniflare and on plain workerd. Nobody but the gateway may reach it: it has
 * no public route, and where it listens on a network, SHARED_TOKEN is asked of everyone.
 */
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

/** As much of a Durable Object's context and namespace as is used; the platform's own types are no use to Node's. */
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

export class Shared {
  readonly sql: Sql;
  readonly state: CompanionState;
  readonly sums: Sums;
  /** By name; nothing else knows what stands there. */
  readonly boards: Boards = new Map();
  /** A timer is set that writes the exact counts. */
  flushing = false;
  /** A timer is set that keeps the object from being put to sleep before then. */
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
    if (body === null) return new Response('Cannot read the body: it must be JSON', { status: 400 });
    const now = Date.now();
    const asks = `${request.method} ${pathname}`;
    if (asks === 'POST /lease') return Response.json(this.lease(body as LeaseRequest, now));
    if (asks === 'POST /count')
      return Response.json(addCounts(this.sums, body as Envelope & Counts, now, this.state.newSession));
    if (asks === 'GET /count') return Response.json(sumsReport(this.sums, now));
    if (asks === 'GET /board') return Response.json(this.boards.get(searchParams.get('name')) ?? null);
    if (asks === 'POST /board') return Response.json(keepBoard(this.boards, body as BoardNote));
    if (asks === 'GET /changes')
      return Response.json(changesSince(this.sql, Number(searchParams.get('since'))));
    if (asks !== 'POST /revoke') return new Response(null, { status: 404 });
    const { sha256 = null } = body as { sha256?: string | null };
    return Response.json({ version: addRevocation(this.sql, sha256, now) });
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
    const ends = Math.max(...request.asks.map(awakeUntil));
    if (ends > this.awakeUntil) {
      this.awakeUntil = Math.ceil(ends / MINUTE_MS) * MINUTE_MS;
      setTimeout(() => {}, Math.min(this.awakeUntil - now, 2 * MINUTE_MS));
    }
    return answer;
  }
}

export default {
  fetch(request: Request, { SHARED_STATE, SHARED_TOKEN }: Env): Response | Promise<Response> {
    const shown = request.headers.get('x-token');
    if (SHARED_TOKEN != null && shown !== SHARED_TOKEN) return new Response(null, { status: 403 });
    const shard = new URL(request.url).searchParams.get('shard') ?? '0';
    return SHARED_STATE.get(SHARED_STATE.idFromName(shard) as never).fetch(request);
  },
};
