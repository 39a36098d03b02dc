/**
 * Which addresses may call: Kong's ip-restriction. Runs after authentication, so that a consumer can have its own list.
 *
 * `deny` is checked first; then a non-empty `allow` must hold the address. An IPv4 network never matches an IPv6 caller
 * and vice versa (Kong's rule, and the safe one: "::/0" in an allow list is not meant to open IPv4). A caller of
 * unknown address is refused.
 */
import type { Addresses } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { inNetworks, parseAddress, parseNetwork } from '../core/ip.ts';
import type { Network } from '../core/ip.ts';
import { memo } from '../core/memo.ts';
import { callerOf } from '../core/request.ts';
import type { Context } from '../core/request.ts';
import { withSetting } from './setting-for.ts';

interface Networks {
  readonly v4: readonly Network[];
  readonly v6: readonly Network[];
}
/** Both lists, parsed once. */
interface AddressRule {
  readonly allow: Networks | null;
  readonly deny: Networks;
}

/** "::ffff:10.0.0.1" is the IPv4 address 10.0.0.1. */
const isV6 = (address: string): boolean => address.includes(':') && !/^::ffff:[\d.]+(\/|$)/i.test(address);

function readNetworks(list: readonly string[]): Networks {
  const read = (texts: readonly string[]): Network[] => texts.flatMap((text) => parseNetwork(text) ?? []);
  return { v4: read(list.filter((text) => !isV6(text))), v6: read(list.filter(isV6)) };
}

export function compileAddresses({ allow, deny }: Pick<Addresses, 'allow' | 'deny'>): AddressRule {
  return { allow: allow.length > 0 ? readNetworks(allow) : null, deny: readNetworks(deny) };
}

export function isAllowedAddress({ allow, deny }: AddressRule, address: string): boolean {
  const bits = parseAddress(address);
  if (bits === null) return false;
  const family = isV6(address) ? 'v6' : 'v4';
  return !inNetworks(deny[family], bits) && (allow === null || inNetworks(allow[family], bits));
}

function refuseAddress({ status, message }: Addresses, context: Context): Refusal {
  const wording =
    context.kong === null
      ? 'Address not allowed'
      : context.kong.compat === 'kong-2018'
        ? 'Your IP address is not allowed'
        : `IP address not allowed: ${callerOf(context).client}`;
  return refuse('address_refused', status, message ?? wording);
}

export function startAddresses({ settings }: Isolate): Hooks {
  const ruleOf = memo(compileAddresses);
  return {
    admit: (route) =>
      withSetting('addresses', route, settings, (addresses, context) =>
        isAllowedAddress(ruleOf(addresses), callerOf(context).client)
          ? null
          : refuseAddress(addresses, context),
      ),
  };
}
