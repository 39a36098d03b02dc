/**
 * Which programs may call, by their User-Agent: Kong's bot-detection. It stops honest robots only: any client can send
 * any User-Agent.
 *
 * An `allow` match passes; a `deny` match or, with `bots`, a known name of a robot or HTTP library is refused. A
 * request without User-Agent passes. Runs before CORS, so that a preflight is refused like any other request. The list
 * of names is our own; Kong's comes from ua-parser.
 */
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate, Step } from '../core/feature.ts';
import { memo } from '../core/memo.ts';
import { compilePattern } from '../core/regex.ts';
import type { Pattern } from '../core/regex.ts';
import type { Agents, RouteSettings } from '../config/types.ts';
import { withSetting } from './setting-for.ts';

/** "bot" at the end of a word, except the phone maker "CUBOT"; and the words for crawlers. */
const ROBOT = /(?<![Cc][Uu])[Bb]ot(?![A-Za-z])|[Ss]pider|SPIDER|[Cc]rawl|CRAWL|[Ss]crap(?:e|y)/;
/**
 * Robots without such a word, and HTTP libraries. curl, wget and python-requests pass.
 */
const AGENT_NAMES = new RegExp(
  [
    'facebookexternalhit/|Google.{0,50}/\\+/web/snippet|Mediapartners-Google|AdsBot-Google',
    'AppEngine-Google|GoogleOther|Google-InspectionTool|Google-HTTP-Java-Client|BingPreview|Slurp',
    'ia_archiver|archiver|heritrix|Yandex\\w|Slackbot-LinkExpanding|Slack-ImgProxy|Netvibes',
    'NewsGator|Nutch|Feedbin|WordPress|WebThumb|WhatWeb|masscan|Qwantify|htdig|larbin|Kraken|Reaper|WIRE',
    'Scrubby|SimplePie|SimpleRSS|Xenu|Genieo|HttpMonitor|TLSProber|PingdomTMS',
    'Apache-HttpClient|Python-urllib|WinHTTP|JNLP',
  ].join('|'),
);
/** Those that Kong has refused since 2.2. */
const NEWER_NAMES =
  /WhatsApp|Go-http-client|okhttp|axios|reqwest|aihttp|scalaj-http|unirest-|\b(?:aws-cli|aws-sdk-|Boto3?|JetS3t|s3fs)/;
/** Longer ones are refused before matching, so that its cost is bounded. */
const LONGEST_AGENT = 2048;

interface AgentRule {
  readonly allow: readonly Pattern[];
  readonly deny: readonly Pattern[];
  readonly bots: boolean;
  /** In characters. */
  readonly longest: number;
}

const compileAll = (patterns: readonly string[]): Pattern[] =>
  patterns.map((pattern) => compilePattern(pattern, false));

export function compileAgents({ bots, ...agents }: Agents): AgentRule {
  const [allow, deny] = [compileAll(agents.allow), compileAll(agents.deny)];
  const longest = Math.min(LONGEST_AGENT, ...[...allow, ...deny].map(({ maxLength }) => maxLength));
  return { allow, deny, bots, longest };
}

/** Null if the program may call. `agent` is the header as sent, null if absent; `old`: as in Kong of 2018. */
export function judgeAgent(rule: AgentRule, agent: string | null, old = false): Refusal | null {
  const name = agent?.trim() ?? '';
  if (name === '') return null;
  if (name.length > rule.longest) return refuse('agent_refused', 431, 'User-Agent is too long');
  if (rule.allow.some(({ regex }) => regex.test(name))) return null;
  const bad =
    rule.deny.some(({ regex }) => regex.test(name)) ||
    (rule.bots && (ROBOT.test(name) || AGENT_NAMES.test(name) || (!old && NEWER_NAMES.test(name))));
  return bad ? refuse('agent_refused', 403, old ? '' : 'Forbidden') : null;
}

export function startAgents({ settings }: Isolate): Hooks {
  const old = settings.compat === 'kong-2018';
  const ruleOf = memo(compileAgents);
  const stepFor = (route: RouteSettings): Step | null =>
    withSetting('agents', route, settings, (agents, { headers }) =>
      judgeAgent(ruleOf(agents), headers.get('user-agent'), old),
    );
  return { preflight: stepFor, admit: stepFor };
}
