/** First draft. */
import type { CorsSettings } from './config.ts';
export function isPreflight(method: string, headers: Headers): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
}
export function preflightHeaders(cors: CorsSettings, headers: Headers): [string, string][] {
  const asked = headers.get('access-control-request-headers');
  const list: [string, string][] = [['Access-Control-Allow-Methods', cors.methods.join(',')]];
  if (asked) list.push(['Access-Control-Allow-Headers', asked]);
  return list;
}
export function allowRequestOrigin(cors: CorsSettings, requestOrigin: string | null, out: Headers): void {
  if (cors.origins.length === 0) return out.set('Access-Control-Allow-Origin', '*');
  out.append('Vary', 'Origin');
  if (requestOrigin === null || !cors.origins.includes(requestOrigin)) return;
  out.set('Access-Control-Allow-Origin', requestOrigin);
  if (cors.credentials) out.set('Access-Control-Allow-Credentials', 'true');
}
