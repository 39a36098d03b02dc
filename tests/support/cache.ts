/** A fake of the Cache API for the duration of a test. */

/** The data centre's cache and its entries. */
export function bindCache(t: { teardown: (stop: () => void) => void }, broken = false) {
  const kept = new Map<string, { text: string; control: string | null }>();
  const scope = globalThis as { caches?: unknown };
  scope.caches = {
    default: {
      match: async (url: string) => {
        if (broken) throw new Error('No Cache was configured');
        const hit = kept.get(url);
        return hit && new Response(hit.text);
      },
      put: async (url: string, response: Response) => {
        if (broken) throw new Error('No Cache was configured');
        kept.set(url, { text: await response.text(), control: response.headers.get('cache-control') });
      },
    },
  };
  t.teardown(() => delete scope.caches);
  return kept;
}
