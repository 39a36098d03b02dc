/**
 * The types of the configuration, derived from the schema: as written (`Config` and its parts), and as the gateway uses
 * it, with every default filled in and every name resolved (`Settings` and its parts). No other file sees a `Config`,
 * so no default can be applied twice.
 */
import type { Period } from '../core/periods.ts';
import type { everyRow } from './schema.ts';
import type { RecordName, ResolvedFields, WrittenFields } from './rows.ts';

type Rows = ReturnType<typeof everyRow>;
type Join<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type FieldsOf<N extends RecordName> = Join<
  { [F in keyof Rows]: ReturnType<Rows[F]> extends { [M in N]: infer Fields } ? Fields : never }[keyof Rows]
>;
/** The fields of every record that features extend. */
type Table = { [N in RecordName]: FieldsOf<N> };
type WrittenOf<N extends RecordName> = WrittenFields<Table[N], Table>;
type ResolvedOf<N extends RecordName> = ResolvedFields<Table[N], Table>;

// ---- as written -----------------------------------------------------------------------------

export type Config = WrittenOf<'config'>;
export type Origin = WrittenOf<'origin'>;
export type Pool = WrittenOf<'pool'>;
export type Outlier = WrittenOf<'outlier'>;
export type Route = WrittenOf<'route'>;
export type Auth = WrittenOf<'auth'>;
export type Jwt = WrittenOf<'jwt'>;
export type HmacAuth = WrittenOf<'hmacAuth'>;
export type BasicAuth = WrittenOf<'basicAuth'>;
export type Cors = WrittenOf<'cors'>;
export type RateLimit = WrittenOf<'rateLimit'>;
export type Shared = WrittenOf<'shared'>;
export type RespondWith = WrittenOf<'respondWith'>;
export type KongConf = WrittenOf<'kong'>;
export type Balance = NonNullable<Pool['balance']>;
export type HashOn = NonNullable<Pool['hashOn']>;
export type Health = WrittenOf<'health'>;
export type ResponseHeaders = WrittenOf<'responseHeaders'>;
export type Version = WrittenOf<'version'>;
export type Verify = WrittenOf<'verify'>;
export type VerdictCache = WrittenOf<'verdictCache'>;

// ---- as the gateway uses it -----------------------------------------------------------------

/** Records with every default, before names are resolved: the result of validate.ts. */
export type FilledConfig = ResolvedOf<'config'>;
export type FilledPool = ResolvedOf<'pool'>;
export type FilledRoute = ResolvedOf<'route'>;
export type FilledOrigin = ResolvedOf<'origin'>;

/** Settings that a route inherits from the top level if it does not set them. */
type InheritedName = {
  [N in keyof FilledRoute]-?: Pick<FilledRoute, N> extends Required<Pick<FilledRoute, N>> ? never : N;
}[keyof FilledRoute] &
  keyof FilledConfig;
export type Inherited = Pick<FilledConfig, InheritedName>;

export type ConsumerSettings = ResolvedOf<'consumerSettings'>;
/** By consumer id. */
type ByConsumer = ReadonlyMap<string, ConsumerSettings> | null;

export interface Settings extends Omit<
  FilledConfig,
  '$schema' | 'origins' | 'pools' | 'routes' | 'auth' | 'rateLimit' | 'consumerSettings' | 'requestId'
> {
  readonly pools: readonly PoolSettings[];
  readonly routes: readonly RouteSettings[];
  readonly consumerSettings: ByConsumer;
  readonly requestId: boolean;
  /** True if no routes are configured: the tutorial's form, with a single route that matches everything. */
  readonly tutorial: boolean;
}

export interface OriginSettings extends Omit<FilledOrigin, 'url'> {
  readonly name: string;
  /** Scheme, host and port, without a trailing slash: `https://api.example.com:8443`. */
  readonly site: string;
  /** Host and port, as in a Host header. */
  readonly host: string;
  /** The base path without a trailing slash; "" for none. */
  readonly basePath: string;
}

export interface PoolSettings extends Omit<FilledPool, 'origins'> {
  readonly name: string;
  readonly origins: readonly OriginSettings[];
}
export type OutlierSettings = ResolvedOf<'outlier'>;

export interface RouteSettings
  extends
    Inherited,
    Omit<FilledRoute, InheritedName | 'name' | 'id' | 'pool' | 'origins' | 'consumerSettings'> {
  readonly name: string;
  readonly id: string;
  /** Index into Settings.pools; -1 if the route has none (Kong: a route without a service). */
  readonly pool: number;
  readonly consumerSettings: ByConsumer;
}

export type JwtSettings = ResolvedOf<'jwt'>;
export type HmacAuthSettings = ResolvedOf<'hmacAuth'>;
export type BasicAuthSettings = ResolvedOf<'basicAuth'>;
export type VerifySettings = ResolvedOf<'verify'> & { readonly keyHeader: string };
export interface AuthSettings extends Omit<ResolvedOf<'auth'>, 'verify'> {
  readonly verify: VerifySettings | null;
}
/** `origins` empty: any. `headers` null: those that the preflight requests. */
export type CorsSettings = ResolvedOf<'cors'>;
export type { Period };
export interface RateLimitSettings extends Omit<ResolvedOf<'rateLimit'>, Period | 'scope'> {
  /** Only the windows that are set, shortest first. */
  readonly windows: readonly { readonly period: Period; readonly limit: number }[];
  /** The counter's name: routes with the same scope share it. */
  readonly scope: string;
}
export interface FixedResponse extends Pick<ResolvedOf<'respondWith'>, 'status' | 'headers' | 'trigger'> {
  /** "" for no body. */
  readonly text: string;
}
export type ResponseHeadersSettings = ResolvedOf<'responseHeaders'>;
export type VersionSettings = ResolvedOf<'version'>;
export type Consumer = ResolvedOf<'consumer'>;
export type SharedSettings = ResolvedOf<'shared'>;
export type Addresses = ResolvedOf<'addresses'>;
export type Agents = ResolvedOf<'agents'>;
export type Cache = ResolvedOf<'cache'>;
export type Collector = ResolvedOf<'collector'>;
export type CorrelationId = ResolvedOf<'correlationId'>;
export type CostLimits = ResolvedOf<'costLimits'>;
export type CostLimit = CostLimits['limits'][number];
export type Groups = ResolvedOf<'groups'>;
export type LogServer = ResolvedOf<'logServer'>;
export type Redirect = ResolvedOf<'redirect'>;
export type RequestTransform = ResolvedOf<'requestTransform'>;
export type ResponseTransform = ResolvedOf<'responseTransform'>;
export type Trace = ResolvedOf<'trace'>;
export type Webhook = ResolvedOf<'webhook'>;
