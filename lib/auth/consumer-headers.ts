/**
 * The headers by which the origin learns who calls: Kong's five, and those that the verifier adds. They are the gateway's alone.
 *
 * Promises that none of them reaches the origin as a caller wrote it. CGI and WSGI take `X_Consumer-ID` for the same header as
 * `X-Consumer-ID`, so under the plain profile every name is read, which costs 1 to 5 % of a request; the Kong profiles let such names
 * pass, as Kong does. Rejected: deleting all spellings, two dozen for five names, which costs as much and says less.
 */
import type { Context } from '../core/request.ts';
import type { AuthSettings } from '../config/types.ts';

const ABOUT = 'consumer-id consumer-username consumer-custom-id credential-identifier anonymous-consumer';
const IDENTITY = ABOUT.split(' ').map((name) => 'x-' + name);

/** Says in `call.originHeaders` who calls, in the order of the five; whatever has no value is removed. */
export function setConsumerHeaders(
  context: Context,
  auth: AuthSettings | null,
  ...values: (string | null | undefined)[]
): void {
  const plain = context.kong === null;
  const told = auth?.verify?.upstreamHeaders ?? [];
  if (plain) {
    for (const name of context.headers.keys())
      if (isOurs(name.includes('_') ? name.replaceAll('_', '-') : name, told))
        context.originHeaders.push([name, null]);
  } else for (const [name] of told) context.originHeaders.push([name, null]);
  for (let i = 0; i < IDENTITY.length; i++) {
    const value = values[i] ?? null;
    if (value !== null || !plain) context.originHeaders.push([IDENTITY[i] as string, value]);
  }
}

function isOurs(name: string, told: readonly (readonly [name: string, pointer: string])[]): boolean {
  return IDENTITY.includes(name) || told.some(([one]) => one.toLowerCase() === name);
}
