/**
 * Which groups of consumers may call: Kong's acl. The origin gets the consumer's groups in X-Consumer-Groups.
 *
 * Groups are compared exactly. A caller without a consumer, or an anonymous consumer without groups, gets a 401; a
 * known consumer that is not allowed gets a 403.
 */
import type { Groups } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { withSetting } from './setting-for.ts';

const NAME = 'x-consumer-groups';
const UNAUTHORIZED = refuse('group_refused', 401, 'Unauthorized');
const FORBIDDEN = refuse('group_refused', 403, 'You cannot consume this service');

/** Null if the caller may pass. `groups`: the consumer's, null without a consumer. */
function judgeGroups(rule: Groups, groups: readonly string[] | null, anonymous: boolean): Refusal | null {
  if (groups === null) return UNAUTHORIZED;
  if (groups.some((group) => rule.deny.includes(group))) return FORBIDDEN;
  if (rule.allow.length === 0 || groups.some((group) => rule.allow.includes(group))) return null;
  return anonymous && groups.length === 0 ? UNAUTHORIZED : FORBIDDEN;
}

export function startGroups({ settings }: Isolate): Hooks {
  const claimed = new Set([NAME]);
  return {
    admit: (route) =>
      withSetting('groups', route, settings, (rule, context) => admitGroups(context, rule, claimed)),
  };
}

function admitGroups(context: Context, rule: Groups, claimed: ReadonlySet<string>): Refusal | null {
  const groups = context.consumer && (context.consumer.groups ?? []);
  const refusal = judgeGroups(rule, groups, context.anonymous);
  // Up to 2.0 Kong had no 401 here.
  if (refusal !== null) return context.kong?.compat === 'kong-2018' ? FORBIDDEN : refusal;
  // A caller's own X-Consumer-Groups is removed; Kong forwards it with hide_groups_header.
  if (context.kong === null) context.claimed.push(claimed);
  if (!rule.hideHeader) context.originHeaders.push([NAME, (groups ?? []).join(', ')]);
  return null;
}
