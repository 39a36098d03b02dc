/**
 * Import never opens what Kong closed. A guard is whatever may refuse, or answers in the service's place; where
 * one is not carried over, the route, or the one consumer that it is tied to, gets a 503 that names the plug-in.
 */
import type { RespondWith } from '../../../lib/config/types.ts';
import type { Report } from '../report.ts';
import type { Row } from '../rows.ts';
import { configOf, type Loss, type Missing } from './entry.ts';
import { label, type Plugins } from './scopes.ts';

export interface PluginContext {
  readonly plugins: Plugins;
  readonly of2018: boolean;
  readonly report: Report;
  readonly conf: Readonly<Record<string, unknown>>;
  /** Names that somebody vouches for: they close nothing. */
  readonly harmless: ReadonlySet<string>;
}

/** What the callers of a closed route are told. */
export function closedBy(what: string): RespondWith {
  return { status: 503, message: `closed: ${what} is not carried over` };
}

/** What the absence of a plug-in means, with the settings that it has here. */
export function lossOf({ fate, why, judge }: Missing, plugin: Row): Loss {
  return judge?.(configOf(plugin)) ?? { effect: fate === 'guard' ? 'closed' : 'lost', why };
}

/**
 * Says that a guard is missing, and whether that closes the route or consumer: not where somebody vouches for the
 * plug-in.
 */
export function closes(plugin: Row, why: string, whom: Row, { report, harmless }: PluginContext): boolean {
  const name = String(plugin.fields['name']);
  const vouchedFor = harmless.has(name);
  report.note({
    effect: vouchedFor ? 'open' : 'closed',
    at: plugin.at,
    subject: name,
    whom: `${whom.kind.slice(0, -1)} ${label(whom)}`,
    text: vouchedFor ? `assumed to be harmless: ${why}` : `503, as ${why} (--assume-harmless ${name} opens)`,
  });
  return !vouchedFor;
}
