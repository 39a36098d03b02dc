/**
 * The outside world in one record, so that every rule can run on a virtual clock.
 * The only file that names the clock, chance, timers, cryptography, the network and bindings.
 *
 * Clocks on Workers stand still during computation and move after I/O only: two readings in a row are often equal,
 * and whoever divides by elapsed time counts at least one millisecond.
 */

export interface Runtime {
  /** `cf` is the platform's own addition to what the standard lets one ask. */
  readonly fetch: (
    request: Request | string,
    init?: RequestInit & { cf?: { resolveOverride?: string; cacheTtl?: number } },
  ) => Promise<Response>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Calls back once, `ms` from now; the number cancels it. Lives only as long as its request. */
  readonly after: (ms: number, callback: () => void) => number;
  readonly cancel: (timer: number) => void;
  /** What goes in comes out; of so many bytes, NaN for any number. */
  readonly pipe: (length: number) => Pick<TransformStream<Uint8Array, Uint8Array>, 'readable' | 'writable'>;
  /** SHA-256 of the text's UTF-8 bytes, 64 lower-case hex digits. */
  readonly digest: (text: string) => Promise<string>;
  /** HMAC-SHA-256 of the bytes, under a key of the secret's UTF-8 bytes; standard base64. */
  readonly hmac: (secret: string, bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** The platform's cache of this data centre; null where there is none. */
  readonly cache: () => PlatformCache | null;
  /** 32 lower-case hex digits, as Kong's request ids. */
  readonly id: () => string;
  readonly log: (line: string) => void;
}

/** What is used of the Cache API. */
interface PlatformCache {
  readonly match: (url: string) => Promise<Response | undefined>;
  readonly put: (url: string, response: Response) => Promise<void>;
}

/**
 * toHex makes one flat text; 32 pieces joined cost ten times the time and memory, and digests are kept by the hundred thousand. Node 22
 * lacks it.
 */
function hexOf(digest: ArrayBuffer): string {
  const bytes: Uint8Array & { toHex?: () => string } = new Uint8Array(digest);
  return bytes.toHex?.() ?? Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
}

const ENCODER = new TextEncoder();

declare const IdentityTransformStream: new () => TransformStream<Uint8Array, Uint8Array>;
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>;

export const RUNTIME: Runtime = {
  fetch: (request, init) => fetch(request, init),
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, callback) => setTimeout(callback, ms) as unknown as number,
  cancel: (timer) => clearTimeout(timer),
  pipe: (length) => (Number.isNaN(length) ? new IdentityTransformStream() : new FixedLengthStream(length)),
  digest: (text) => crypto.subtle.digest('SHA-256', ENCODER.encode(text)).then(hexOf),
  hmac: async (secret, bytes) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', ENCODER.encode(secret), algorithm, false, ['sign']);
    return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))));
  },
  cache: () =>
    typeof caches === 'undefined' ? null : (caches as unknown as { default: PlatformCache }).default,
  id: () => crypto.randomUUID().replaceAll('-', ''),
  log: (line) => console.log(line),
};

/** What `work` comes to with a signal that aborts after `ms`; null where it throws. */
export async function tryWithin<T>(
  runtime: Runtime,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const stop = new AbortController();
  const timer = runtime.after(ms, () => stop.abort());
  try {
    return await work(stop.signal);
  } catch {
    return null;
  } finally {
    runtime.cancel(timer);
  }
}

/** The promise's value; undefined where it takes longer, or its request has ended. */
export async function settledWithin<T>(
  promise: Promise<T>,
  ms: number,
  runtime: Runtime,
): Promise<T | undefined> {
  let timer = 0;
  const alarm = new Promise<undefined>((resolve) => {
    timer = runtime.after(ms, () => resolve(undefined));
  });
  const value = await Promise.race([promise.catch(() => undefined), alarm]);
  runtime.cancel(timer);
  return value;
}

declare const GATEWAY_CONFIG: unknown;

/**
 * The GATEWAY_CONFIG binding where it is a global, as in the service-worker format. Plain workerd hands over an unset variable as null.
 */
export function boundConfig(): unknown {
  return typeof GATEWAY_CONFIG === 'undefined' ? undefined : (GATEWAY_CONFIG ?? undefined);
}

/**
 * The same binding where the file was uploaded as an ES module: bindings are no globals there, and only
 * `cloudflare:workers` has them. In the service-worker format that import rejects, which says there is none.
 */
export async function importedConfig(): Promise<unknown> {
  return (await importedBindings())['GATEWAY_CONFIG'] ?? undefined;
}

async function importedBindings(): Promise<Record<string, unknown>> {
  try {
    const name = 'cloudflare:workers';
    return ((await import(name)) as { env: Record<string, unknown> }).env;
  } catch {
    return {};
  }
}

/** The text of the binding of this name, in either format; null where there is none. */
export async function boundText(name: string): Promise<string | null> {
  const globals = globalThis as Record<string, unknown>;
  const value = (Object.hasOwn(globals, name) ? globals[name] : null) ?? (await importedBindings())[name];
  return typeof value === 'string' ? value : null;
}

/** SHA-256 of the bytes in standard base64, as a Digest header has it (RFC 3230). */
export async function sha256Of(bytes: ArrayBuffer): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
}

/** Parameters of WebCrypto: one record says all that importing a key and checking a signature need. */
export interface SignatureAlgorithm {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
  readonly saltLength?: number;
}

/** A key that signatures are checked by: of a secret's bytes, or of a public key in SPKI; null where the bytes are none. */
export function importVerifyKey(
  format: 'raw' | 'spki',
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey | null> {
  return crypto.subtle.importKey(format, bytes, algorithm, false, ['verify']).catch(() => null);
}

/** Whether the key signed the text's UTF-8 bytes; how long it takes says nothing of how near a wrong signature is. */
export function isSignedBy(
  key: CryptoKey,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<boolean> {
  return crypto.subtle.verify(algorithm, key, signature, ENCODER.encode(text)).catch(() => false);
}

declare const SHARED: { fetch: (url: string, init: RequestInit) => Promise<Response> } | null | undefined;

/** Whether there is a service binding SHARED. */
export function hasCompanion(): boolean {
  return typeof SHARED !== 'undefined' && SHARED !== null;
}

/** Asks the companion, which the service binding SHARED names. */
export function askCompanion(url: string, init: RequestInit): Promise<Response> {
  return hasCompanion() ? SHARED!.fetch(url, init) : Promise.reject(new Error('There is no binding SHARED'));
}

/** HMAC-SHA-256 of the text's UTF-8 bytes, 64 lower-case hex digits (RFC 2104). */
export async function hmacOf(secret: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', ENCODER.encode(secret), algorithm, false, ['sign']);
  return hexOf(await crypto.subtle.sign('HMAC', key, ENCODER.encode(text)));
}

/** SHA-1 of the bytes, 40 lower-case hex digits: what Kong keeps of passwords. */
export function sha1Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return crypto.subtle.digest('SHA-1', bytes).then(hexOf);
}

/** PBKDF2 with HMAC-SHA-256 (RFC 8018), 64 lower-case hex digits. */
export async function pbkdf2Of(
  password: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<string> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return hexOf(
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256),
  );
}

/** The data centre's cache; the standard has no `default`. */
const edgeCache = (): Cache => (caches as unknown as { default: Cache }).default;

/** What the data centre's cache has under this name; throws where there is no cache. */
export async function readCache(url: string): Promise<string | null> {
  const hit = await edgeCache().match(url);
  return hit ? hit.text() : null;
}

/** Keeps a text under this name for so many seconds. */
export async function writeCache(url: string, text: string, seconds: number): Promise<void> {
  const headers = { 'Cache-Control': `max-age=${seconds}` };
  await edgeCache().put(url, new Response(text, { headers }));
}
