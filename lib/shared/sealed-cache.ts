/**
 * Texts in the Cache API that only this gateway can have written.
 *
 * Any Worker of the zone may read and write that cache. So a name is an HMAC of what the text is about, and a text counts
 * only with an HMAC over its name and itself: nobody without the secret can find an entry, make one, or move one to
 * another name. On workers.dev, in the dashboard's preview and on plain workerd the cache is not there or empty: then
 * nothing is ever read.
 */
import { hmacOf, readCache, writeCache } from '../core/runtime.ts';

export interface SealedCache {
  /** The text about this; null for none that is the gateway's own. Rejects where there is no cache. */
  readonly read: (about: string) => Promise<string | null>;
  readonly write: (about: string, text: string, seconds: number) => Promise<void>;
}

/** `kind` tells entries of different use apart. */
export function createSealedCache(kind: string, secret: string): SealedCache {
  const nameOf = async (about: string): Promise<string> =>
    `https://${kind}.invalid/v1/${(await hmacOf(secret, `name\n${about}`)).slice(0, 32)}`;
  const sealOf = (name: string, text: string): Promise<string> => hmacOf(secret, `text\n${name}\n${text}`);
  return {
    read: async (about) => {
      const name = await nameOf(about);
      const [seal, text = ''] = (await readCache(name))?.split('\n') ?? [];
      return seal !== undefined && seal === (await sealOf(name, text)) ? text : null;
    },
    write: async (about, text, seconds) => {
      const name = await nameOf(about);
      await writeCache(name, `${await sealOf(name, text)}\n${text}`, seconds);
    },
  };
}
