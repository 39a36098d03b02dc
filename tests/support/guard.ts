/** An authenticator of lib/auth on a virtual clock in 2030: who is admitted, and what the others are sent. */
import type { Config } from '../../lib/config/types.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import type { Hooks, Isolate } from '../../lib/core/feature.ts';
import { drive } from './traffic.ts';

/** Seconds since 1970. */
export const NOW = 1_900_000_000;

interface Outcome {
  /** "in", or status and message. */
  readonly verdict: string;
  readonly challenge: string | undefined;
  /** Headers that the origin gets; "-" for a removed one. */
  readonly originHeaders: Record<string, string>;
  readonly body: string | null;
}

export function guardOf(start: (isolate: Isolate) => Hooks, config: Partial<Config>) {
  const driven = drive(start, config, { now: NOW * 1000 });
  const enter = async (
    headers: Record<string, string> = {},
    path = '/',
    init: RequestInit = {},
  ): Promise<Outcome> => {
    const { answer, sent, context } = await driven.enter(path, { ...init, headers });
    const refusal = answer as Refusal | null;
    return {
      verdict: refusal === null ? 'in' : `${refusal.status} ${refusal.message}`,
      challenge: refusal?.headers?.find(([name]) => name === 'WWW-Authenticate')?.[1],
      originHeaders: sent,
      body: context.body && Buffer.from(context.body).toString(),
    };
  };
  return { ...driven, driven, enter };
}
