/** Every browser caller may read every answer: what remains of cors.ts where `cors` is not set. */
import type { CorsSettings } from '../../lib/config.ts';

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

/** What a preflight is told of methods. */
export function compileCors({ methods }: CorsSettings): string {
  return methods.join(',');
}

/** An empty Origin header names none. */
export function isPreflight(method: string, headers: Headers): boolean {
  return method === 'OPTIONS' && !!headers.get('origin') && headers.has('access-control-request-method');
}

export function preflightHeaders(methods: string, request: Headers): Headers {
  const answer = new Headers({ [ALLOW_ORIGIN]: '*', 'Access-Control-Allow-Methods': methods });
  const asked = request.get('access-control-request-headers');
  if (asked !== null) answer.set('Access-Control-Allow-Headers', asked);
  return answer;
}

export function allowRequestOrigin(_rule: string, _request: Headers, out: Headers): void {
  out.set(ALLOW_ORIGIN, '*');
}
