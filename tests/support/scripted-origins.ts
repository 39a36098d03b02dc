/**
 * Origins for the virtual runtime: each host follows its script, one step per request, repeating the last step.
 *
 *   const network = scriptedOrigins({ 'a.example': [{ after: 40, status: 503 }, {}], 'b.example': [{ lost: true }] });
 *   const runtime = virtualRuntime({ fetch: network.fetch });
 */
import type { VirtualRuntime } from './virtual-runtime.ts';

export interface Step {
  /** Milliseconds until the response headers, or until the failure. Default 0; Infinity never responds. */
  readonly after?: number;
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | null;
  /** The connection fails with the platform's exception. */
  readonly lost?: boolean;
}
export type Script = readonly Step[];

export interface ScriptedOrigins {
  readonly fetch: (request: Request, runtime: VirtualRuntime) => Promise<Response>;
  /** Requests that reached a host, including cancelled ones. */
  readonly count: (host: string) => number;
  /** Requests to a host that were cancelled before it responded. */
  readonly cancelled: (host: string) => number;
}

export function scriptedOrigins(scripts: Record<string, Script>): ScriptedOrigins {
  const counts: Record<string, number> = {};
  const cancels: Record<string, number> = {};
  function send(request: Request, runtime: VirtualRuntime): Promise<Response> {
    const { host } = new URL(request.url);
    const script = scripts[host];
    if (!script) return Promise.reject(new Error('internal error; reference = no such host'));
    const count = (counts[host] = (counts[host] ?? 0) + 1);
    const step = script[Math.min(count, script.length) - 1] ?? {};
    return new Promise((resolve, reject) => {
      const timer =
        step.after === Infinity ? null : runtime.after(step.after ?? 0, () => finish(step, resolve, reject));
      request.signal.addEventListener('abort', () => {
        if (timer !== null) runtime.cancel(timer);
        cancels[host] = (cancels[host] ?? 0) + 1;
        reject(new DOMException('The operation was aborted', 'AbortError'));
      });
    });
  }
  return { fetch: send, count: (host) => counts[host] ?? 0, cancelled: (host) => cancels[host] ?? 0 };
}

function finish(step: Step, resolve: (response: Response) => void, reject: (error: Error) => void): void {
  if (step.lost) return reject(Object.assign(new Error('Network connection lost.'), { retryable: true }));
  const empty = step.status === 204 || step.status === 304;
  resolve(
    new Response(empty ? null : (step.body ?? 'ok'), {
      status: step.status ?? 200,
      headers: step.headers ?? {},
    }),
  );
}
