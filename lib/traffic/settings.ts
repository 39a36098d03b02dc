/** The settings of this folder's features, each null or absent where it is not used. */
import type { AccessLog } from './access-log.ts';
import type { Addresses } from './addresses.ts';
import type { Agents } from './agents.ts';
import type { BodyLimit } from './body-limit.ts';
import type { Cache } from './cache/cache.ts';
import type { CorrelationId } from './correlation-id.ts';
import type { CostLimits } from './cost-limits.ts';
import type { Groups } from './groups.ts';
import type { Redirect } from './redirect.ts';
import type { RequestTransform } from './request-transform.ts';
import type { ResponseTransform } from './response-transform.ts';
import type { Trace } from './trace/trace.ts';
import type { Webhook } from './webhook.ts';

export interface Traffic {
  readonly accessLog?: AccessLog | null;
  readonly addresses?: Addresses | null;
  readonly agents?: Agents | null;
  readonly bodyLimit?: BodyLimit | null;
  readonly cache?: Cache | null;
  readonly correlationId?: CorrelationId | null;
  readonly costLimits?: CostLimits | null;
  readonly groups?: Groups | null;
  readonly redirect?: Redirect | null;
  readonly requestTransform?: RequestTransform | null;
  readonly responseTransform?: ResponseTransform | null;
  readonly trace?: Trace | null;
  readonly webhook?: Webhook | null;
}
export type TrafficName = keyof Traffic;
