/**
 * Verifies signed webhooks (standardwebhooks.com, as Kong's standard-webhooks does): HMAC-SHA-256 of id, time and body.
 *
 * Every failure gets the same answer. The body is read whole, up to 1 MiB. As in Kong, a time in the future passes, a
 * message may be replayed within the tolerance, and the secret is used as written, including "whsec_".
 */
import type { Webhook } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { hmacInBase64 } from '../core/runtime.ts';
import type { Runtime } from '../core/runtime.ts';
import { readWhole } from '../core/read-at-most.ts';
import { withSetting } from './setting-for.ts';

const LARGEST_WEBHOOK = 1024 * 1024;
const BAD_SIGNATURE = refuse('bad_signature', 400, 'Bad request');
const WEBHOOK_TOO_LARGE = refuse('body_too_large', 413, 'Request size limit exceeded');

/** `time` in seconds since 1970, as sent; `now` in ms since 1970. A malformed time counts as 1970. */
export function isRecent(time: string, toleranceSeconds: number, now: number): boolean {
  const sent = /^\d{1,15}(?:\.\d{1,9})?$/.test(time) ? Number(time) : 0;
  return Math.floor(now / 1000) - sent <= toleranceSeconds;
}

async function verifyWebhook(
  context: Context,
  webhook: Webhook,
  { digest }: Runtime,
): Promise<Refusal | null> {
  const { headers, method } = context;
  const [id, time, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    headers.get(`webhook-${name}`),
  );
  if (!id || !time || !signature || !isRecent(time, webhook.toleranceSeconds, context.startedAt))
    return BAD_SIGNATURE;
  // A GET's body can be read here, but not sent.
  if (method === 'GET' || method === 'HEAD') return BAD_SIGNATURE;
  const body = await readWhole(context, LARGEST_WEBHOOK, WEBHOOK_TOO_LARGE, BAD_SIGNATURE);
  if ('reason' in body) return body;
  if (body.byteLength === 0) return BAD_SIGNATURE;
  const signed = await new Blob([`${id}.${time}.`, body]).arrayBuffer();
  const right = 'v1,' + (await hmacInBase64(webhook.secret, signed));
  // By their digests, which no caller can choose, so that the time it takes reveals nothing.
  return (await digest(right)) === (await digest(signature)) ? null : BAD_SIGNATURE;
}

export function startWebhook({ settings, runtime }: Isolate): Hooks {
  return {
    admit: (route) =>
      withSetting('webhook', route, settings, (webhook, context) => verifyWebhook(context, webhook, runtime)),
  };
}
