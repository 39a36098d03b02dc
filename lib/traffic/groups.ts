/**
 * Which groups of consumers may call: Kong's acl. The origin is told the consumer's groups in X-Consumer-Groups.
 *
 * Groups are compared exactly. Whoever is nobody, or stands for nobody and has no group, is asked to show who it is
 * (401); whoever is known and may not is told so (403).
 */
import type { Consumer, Groups } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import type { Context } from '../core/request.ts';
import { commonSetting } from './setting-for.ts';

const NAME = 'x-consumer-groups';
const WHO = refuse('group_refused', 401, 'Unauthorized');
const NOT_YOU = refuse('group_refused', 403, 'You cannot consume this service');

/** Null where the caller may pass. `groups`: those of the consumer, null for no consumer at all. */
function judgeGroups(
  rule: Groups,
  groups: readonly string[] | null,
  anonymous: boolean,
): Refusal | null {
  if (groups === null) return WHO;
  if (groups.some((group) => rule.deny.includes(group))) return NOT_YOU;
  if (rule.allow.length === 0 || groups.some((group) => rule.allow.includes(group))) return null;
  return anonymous && groups.length === 0 ? WHO : NOT_YOU;
}

function groupsOf(consumer: Consumer | null): readonly string[] | null {
  return consumer && (consumer.groups ?? []);
}

export function startGroups({ settings }: Isolate): Hooks {
  const claimed = new Set([NAME]);
  return {
    admit: (route) => {
      const rule = commonSetting('groups', route, settings);
      return rule && ((context) => admitGroups(context, rule, claimed));
    },
  };
}

function admitGroups(context: Context, rule: Groups, claimed: ReadonlySet<string>): Refusal | null {
  const groups = groupsOf(context.consumer);
  const refusal = judgeGroups(rule, groups, context.anonymous);
  // Up to 2.0 Kong had no 401 here.
  if (refusal !== null) return context.kong?.compat === 'kong-2018' ? NOT_YOU : refusal;
  // Nobody else may name groups; but Kong leaves a caller's own header alone where its own is hidden.
  if (context.kong === null) context.claimed.push(claimed);
  if (!rule.hideHeader) context.originHeaders.push([NAME, (groups ?? []).join(', ')]);
  return null;
}
