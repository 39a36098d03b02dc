/**
 * Which programs may call, by what they say of themselves in User-Agent: Kong's bot-detection. A courtesy to honest
 * robots and no guard: anybody can say anything there.
 *
 * An `allow` match passes, a `deny` match or, with `bots`, a name that robots and HTTP libraries go by is refused. No
 * User-Agent passes. Runs before CORS, so that a preflight is refused like any other request. The list of names is our
 * own; Kong's is taken from ua-parser.
 */
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Hooks, Isolate, Step } from '../core/feature.ts';
import { compilePattern } from '../core/regex.ts';
import type { Pattern } from '../core/regex.ts';
import type { Agents, RouteSettings } from '../config/types.ts';
import { commonSetting } from './setting-for.ts';

/** A "bot" that ends a word, unless it is the phone maker's "CUBOT"; and crawlers, whatever they are called. */
const ROBOT = /(?<![Cc][Uu])[Bb]ot(?![A-Za-z])|[Ss]pider|SPIDER|[Cc]rawl|CRAWL|[Ss]crap(?:e|y)/;
/**
 * Names of robots without such a word, and of libraries (Kong counts those since 2.2). curl, wget and python-requests
 * are none.
 */
const AGENT_NAMES = new RegExp(
  [
    'facebookexternalhit/|Google.{0,50}/\\+/web/snippet|Mediapartners-Google|AdsBot-Google',
    'AppEngine-Google|GoogleOther|Google-InspectionTool|Google-HTTP-Java-Client|BingPreview|Slurp',
    'ia_archiver|archiver|heritrix|Yandex\\w|WhatsApp|Slackbot-LinkExpanding|Slack-ImgProxy|Netvibes',
    'NewsGator|Nutch|Feedbin|WordPress|WebThumb|WhatWeb|masscan|Qwantify|htdig|larbin|Kraken|Reaper|WIRE',
    'Scrubby|SimplePie|SimpleRSS|Xenu|Genieo|HttpMonitor|TLSProber|PingdomTMS|Go-http-client',
    'Apache-HttpClient|okhttp|axios|reqwest|aihttp|scalaj-http|Python-urllib|WinHTTP|JNLP|unirest-',
    '\\b(?:aws-cli|aws-sdk-|Boto3?|JetS3t|s3fs)',
  ].join('|'),
);
/** Longer ones are refused unread: matching stays quick, and nobody hides behind length. */
const LONGEST_AGENT = 2048;

interface AgentRule {
  readonly allow: readonly Pattern[];
  readonly deny: readonly Pattern[];
  readonly bots: boolean;
}

const compileAll = (patterns: readonly string[]): Pattern[] =>
  patterns.map((pattern) => compilePattern(pattern, false));

export function compileAgents({ allow, deny, bots }: Agents): AgentRule {
  return { allow: compileAll(allow), deny: compileAll(deny), bots };
}

const longest = ({ allow, deny }: AgentRule): number =>
  Math.min(LONGEST_AGENT, ...[...allow, ...deny].map(({ maxLength }) => maxLength));

/** Null where the program may call. `agent` as sent; null for none. */
export function judgeAgent(rule: AgentRule, agent: string | null): Refusal | null {
  const name = agent?.trim() ?? '';
  if (name === '') return null;
  if (name.length > longest(rule)) return refuse('agent_refused', 431, 'User-Agent is too long');
  if (rule.allow.some(({ regex }) => regex.test(name))) return null;
  const bad =
    rule.deny.some(({ regex }) => regex.test(name)) ||
    (rule.bots && (ROBOT.test(name) || AGENT_NAMES.test(name)));
  return bad ? refuse('agent_refused', 403, 'Forbidden') : null;
}

export function startAgents({ settings }: Isolate): Hooks {
  const stepFor = (route: RouteSettings): Step | null => {
    const agents = commonSetting('agents', route, settings);
    const rule = agents && compileAgents(agents);
    return rule && (({ headers }) => judgeAgent(rule, headers.get('user-agent')));
  };
  return { preflight: stepFor, admit: stepFor };
}
