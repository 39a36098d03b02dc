/**
 * Strings in the Cache API that only this gateway can have written.
 *
 * Any Worker of the zone can read and write that cache. An entry's name is therefore an HMAC of its subject, and its
 * text is valid only with an HMAC over name and text: without the secret no one can find an entry, forge one, or move
 * one to another name. On workers.dev, in the dashboard's preview and on plain workerd the cache is absent or empty,
 * and nothing is ever read.
 */
import { hmacOf, platformCache } from '../core/runtime.ts';

interface SealedCache {
  /** The text stored for `about`; null if absent or not validly sealed. Rejects where the platform's cache does. */
  readonly read: (about: string) => Promise<string | null>;
  readonly write: (about: string, text: string, seconds: number) => Promise<void>;
}

/** `kind` separates entries of different uses. */
export function createSealedCache(kind: string, secret: string): SealedCache {
  const nameOf = async (about: string): Promise<string> =>
    `https://${kind}.invalid/v1/${(await hmacOf(secret, `name\n${about}`)).slice(0, 32)}`;
  const sealOf = (name: string, text: string): Promise<string> => hmacOf(secret, `text\n${name}\n${text}`);
  return {
    read: async (about) => {
      const name = await nameOf(about);
      const hit = await platformCache()?.match(name);
      const [seal, text = ''] = (await hit?.text())?.split('\n') ?? [];
      return seal !== undefined && seal === (await sealOf(name, text)) ? text : null;
    },
    write: async (about, text, seconds) => {
      const name = await nameOf(about);
      const sealed = `${await sealOf(name, text)}\n${text}`;
      const headers = { 'Cache-Control': `max-age=${seconds}` };
      await platformCache()?.put(name, new Response(sealed, { headers }));
    },
  };
}
