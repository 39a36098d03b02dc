/**
 * The outside world in one record, so that tests can run all other code on a virtual clock.
 * The only file that uses the clock, randomness, timers, cryptography, the network and bindings.
 *
 * Clocks on Workers stand still during computation and advance only after I/O: two readings in a row are often equal,
 * and code that divides by elapsed time must count at least one millisecond.
 */

export interface Runtime {
  /** `cf` is the platform's addition to the standard's options. */
  readonly fetch: (
    request: Request | string,
    init?: RequestInit & { cf?: { resolveOverride?: string; cacheTtl?: number } },
  ) => Promise<Response>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Calls back once, after `ms`; the number cancels it. A timer ends with its request. */
  readonly after: (ms: number, callback: () => void) => number;
  readonly cancel: (timer: number) => void;
  /** An identity stream of `length` bytes; NaN for any length. */
  readonly pipe: (length: number) => Pick<TransformStream<Uint8Array, Uint8Array>, 'readable' | 'writable'>;
  /** SHA-256 of the string's UTF-8 bytes, 64 lower-case hex digits. */
  readonly digest: (text: string) => Promise<string>;
  /** 32 lower-case hex digits, like Kong's request ids. */
  readonly id: () => string;
  readonly log: (line: string) => void;
}

/**
 * toHex makes one flat string; 32 joined pieces cost ten times the time and memory, and digests are stored by the
 * hundred thousand. Node 22 lacks it.
 */
function hexOf(digest: ArrayBuffer): string {
  const bytes: Uint8Array & { toHex?: () => string } = new Uint8Array(digest);
  return bytes.toHex?.() ?? Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join('');
}

const base64Of = (digest: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(digest)));

const ENCODER = new TextEncoder();

/** HMAC-SHA-256 (RFC 2104), keyed with the secret's UTF-8 bytes. */
async function signHmac(secret: string, bytes: Parameters<SubtleCrypto['sign']>[2]): Promise<ArrayBuffer> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', ENCODER.encode(secret), algorithm, false, ['sign']);
  return crypto.subtle.sign('HMAC', key, bytes);
}

declare const IdentityTransformStream: new () => TransformStream<Uint8Array, Uint8Array>;
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>;

export const RUNTIME: Runtime = {
  fetch: (request, init) => fetch(request, init),
  now: Date.now,
  random: Math.random,
  after: (ms, callback) => setTimeout(callback, ms) as unknown as number,
  cancel: (timer) => clearTimeout(timer),
  // A caller may announce more bytes than there are integers, for which FixedLengthStream throws.
  pipe: (length) =>
    Number.isSafeInteger(length) ? new FixedLengthStream(length) : new IdentityTransformStream(),
  digest: (text) => crypto.subtle.digest('SHA-256', ENCODER.encode(text)).then(hexOf),
  id: () => crypto.randomUUID().replaceAll('-', ''),
  log: (line) => console.log(line),
};

/** Resolves after `ms`, if its request lives that long. */
export function delay(runtime: Pick<Runtime, 'after'>, ms: number): Promise<void> {
  return new Promise((resume) => void runtime.after(ms, resume));
}

/** The result of `work` with a signal that aborts after `ms`; null if it throws. */
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

/** The promise's value; undefined if it rejects or takes longer, e.g. because its request has ended. */
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
 * The GATEWAY_CONFIG binding as a global, as in the service-worker format. Plain workerd passes an unset variable as
 * null.
 */
export function boundConfig(): unknown {
  return typeof GATEWAY_CONFIG === 'undefined' ? undefined : (GATEWAY_CONFIG ?? undefined);
}

/**
 * The same binding if the file was uploaded as an ES module: bindings are not globals there, and only
 * `cloudflare:workers` has them. In the service-worker format that import rejects: there is no such binding.
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

/** The text binding of this name, in either format; null if there is none. */
export async function boundText(name: string): Promise<string | null> {
  const globals = globalThis as Record<string, unknown>;
  const value = (Object.hasOwn(globals, name) ? globals[name] : null) ?? (await importedBindings())[name];
  return typeof value === 'string' ? value : null;
}

/** SHA-256 of the bytes in standard base64, as in a Digest header (RFC 3230). */
export function sha256Of(bytes: ArrayBuffer): Promise<string> {
  return crypto.subtle.digest('SHA-256', bytes).then(base64Of);
}

/** WebCrypto parameters: one record for both importing a key and verifying a signature. */
export interface SignatureAlgorithm {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
  readonly saltLength?: number;
}

/** A key for verifying signatures, from a secret's bytes or a public key in SPKI; null if the bytes are invalid. */
export function importVerifyKey(
  format: 'raw' | 'spki',
  bytes: Uint8Array<ArrayBuffer>,
  algorithm: SignatureAlgorithm,
): Promise<CryptoKey | null> {
  return crypto.subtle.importKey(format, bytes, algorithm, false, ['verify']).catch(() => null);
}

/** Whether the key signed the string's UTF-8 bytes; the time taken does not reveal how close a wrong signature is. */
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

/** Sends a request to the companion, through the service binding SHARED. */
export function askCompanion(url: string, init: RequestInit): Promise<Response> {
  return hasCompanion() ? SHARED!.fetch(url, init) : Promise.reject(new Error('There is no binding SHARED'));
}

/** HMAC-SHA-256 of the bytes, keyed with the secret's UTF-8 bytes; standard base64. */
export function hmacInBase64(secret: string, bytes: ArrayBuffer): Promise<string> {
  return signHmac(secret, bytes).then(base64Of);
}

/** HMAC-SHA-256 of the string's UTF-8 bytes, 64 lower-case hex digits. */
export function hmacOf(secret: string, text: string): Promise<string> {
  return signHmac(secret, ENCODER.encode(text)).then(hexOf);
}

/** SHA-1 of the bytes, 40 lower-case hex digits: Kong's password hash. */
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

/** The part of the Cache API that is used. */
export interface PlatformCache {
  readonly match: (url: string) => Promise<Response | undefined>;
  readonly put: (url: string, response: Response) => Promise<void>;
}

/** The platform's cache in this data centre; null if there is none. `default` is not in the standard. */
export function platformCache(): PlatformCache | null {
  return typeof caches === 'undefined' ? null : (caches as unknown as { default: Cache }).default;
}
