/**
 * Runs cases: imports the configuration, boots the built Worker with it, sends the requests over a raw socket and
 * compares. Cases with the same configuration share a gateway, unless requests change its state.
 */
import type { Config } from '../../lib/config/types.ts';
import { importKong } from '../../cli/import-kong/import.ts';
import { startGateway, type Gateway, type GatewayOptions } from '../support/gateway.ts';
import type { RawAnswer } from '../support/raw.ts';
import { CLIENT_IP, isOf2018, type Expectation, type KongCase, type KongRequest, type Step } from './case.ts';
import { compareAnswer, compareDistribution, compareLines, compareLog, compareReceived } from './compare.ts';
import { countPicks } from './machine.ts';
import { startMock, targetOf, type Mock } from './mock.ts';
import { isForeign, playWebSocket, send } from './wire.ts';
import { until } from '../support/until.ts';

export interface Stage {
  readonly mock: Mock;
  gateway: Gateway;
  /** Stops the gateway and starts another. */
  readonly restart: (config: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A time-out that only an origin that never answers exceeds, however slow the machine. */
const LEAST_TIMEOUT_MS = 2500;

export function importCase(config: Readonly<Record<string, unknown>>, versions: string): Config {
  const text = JSON.stringify(config).replaceAll(/(?<="read_timeout":)\d+/g, (ms) =>
    String(Math.max(Number(ms), LEAST_TIMEOUT_MS)),
  );
  const { config: result, faults } = importKong(text, {
    profile: isOf2018(versions) ? 'kong-2018' : 'kong-3',
  });
  if (result === null) throw new Error(`Cannot import: ${faults.join('; ')}`);
  return result;
}

/** Starts a gateway for the case. */
export async function openStage(one: KongCase): Promise<Stage> {
  const mock = await startMock();
  const start = (config: KongCase['config']): Promise<Gateway> =>
    startGateway(importCase(config, one.kong), optionsFor(one, mock));
  try {
    const stage: Stage = {
      mock,
      gateway: await start(one.config),
      restart: async (config) => {
        await stage.gateway.stop();
        stage.gateway = await start(config);
      },
      close: async () => void (await Promise.all([stage.gateway.stop(), mock.stop()])),
    };
    return stage;
  } catch (error) {
    await mock.stop();
    throw error;
  }
}

function optionsFor(one: KongCase, mock: Mock): GatewayOptions {
  const edge = { clientIp: one.request.clientIp ?? CLIENT_IP, scheme: 'http' as const };
  // A name that cannot be resolved is really looked up: it ends in .test.
  const isUnknown = one.config.x_mock?.['default']?.fault === 'dns-nxdomain';
  const clock = clockOf(one);
  return {
    shares: 'isolate',
    ...(isUnknown ? {} : { internet: mock.port }),
    ...(isAtEdge(one) ? { cloudflare: edge } : {}),
    ...(clock === null ? {} : { clock }),
  };
}

/** A whole hour: windows of a limit begin there. */
const START = 1_800_000_000;

/** If a case counts within a second or waits, the clock is stopped, so that a slow machine gives the same result. */
function clockOf({ config, request, before = [] }: KongCase): number | null {
  if (request.now !== undefined) return request.now;
  const waits = [request, ...before.map((step) => step.request)].some(
    (one) => one?.waitSeconds !== undefined,
  );
  return waits || /"(?:second|minute)":/.test(JSON.stringify(config)) ? START : null;
}

/**
 * Whether Cloudflare's edge is simulated in front: only there "https" and foreign addresses are possible, and only
 * there resolveOverride works. On plain workerd the Host decides where a request goes, so a preserved Host is limited
 * there: its port must be the origin's.
 */
function isAtEdge({ config, request }: KongCase): boolean {
  return (
    request.scheme === 'https' || isForeign(request) || /"preserve_host":true/.test(JSON.stringify(config))
  );
}

/** Two cases may share a gateway if its configuration is the same and neither changes its state. */
export function stageKey(one: KongCase): string {
  const text = JSON.stringify(one.config);
  const isStateful =
    one.before !== undefined ||
    /"(?:rate-limiting|response-ratelimiting|proxy-cache|http-log|file-log|upstreams)"/.test(text);
  if (isStateful) return one.id;
  const clientIp = isForeign(one.request) ? one.request.clientIp : null;
  return JSON.stringify([
    isOf2018(one.kong),
    isAtEdge(one),
    clientIp,
    one.request.now,
    { ...one.config, x_mock: null },
  ]);
}

export async function playCase(one: KongCase, stage: Stage): Promise<string[]> {
  const rules = one.config.x_mock ?? {};
  if (Object.values(rules).some(({ rtt }) => rtt !== undefined)) return playPicks(one);
  await warmUp(one, stage);
  stage.mock.reset(rules, checkPath(one));
  const differences: string[] = [];
  for (const step of one.before ?? []) differences.push(...(await playStep(one, step, stage)));
  stage.mock.forget();
  return [...differences, ...(await playRequest(one.request, one.expect, stage))];
}

function playPicks(one: KongCase): string[] {
  const counts = countPicks(one, importCase(one.config, one.kong));
  const wrong = Object.entries(one.expect.distribution ?? {}).filter(
    ([target, count]) => counts[target] !== count,
  );
  return wrong.map(
    ([target, count]) => `picked ${JSON.stringify(counts)} instead of ${target}: ${String(count)}`,
  );
}

async function playStep(one: KongCase, step: Step, stage: Stage): Promise<string[]> {
  if (step.configChange !== undefined)
    await stage.restart(step.config ?? changeConfig(one.config, step.configChange));
  if (step.adminCall !== undefined) return [`there is no Admin API: ${step.adminCall}`];
  if (step.request === undefined) return [];
  stage.mock.forget();
  const request = step.repeat === undefined ? step.request : { ...step.request, repeat: step.repeat };
  return (await playRequest(request, step.expect ?? {}, stage)).map((text) => `before: ${text}`);
}

/** The two configuration changes that cases describe. */
function changeConfig(config: Readonly<Record<string, unknown>>, change: string): Record<string, unknown> {
  const next = structuredClone(config) as {
    consumers: { username: string; keyauth_credentials: { key: string }[] }[];
  };
  const [, gone] = /^delete credential (\S+) of/.exec(change) ?? [];
  const [, from, to] = /key from (\S+) to (\S+)$/.exec(change) ?? [];
  for (const consumer of next.consumers) {
    if (gone !== undefined)
      consumer.keyauth_credentials = consumer.keyauth_credentials.filter(({ key }) => key !== gone);
    for (const credential of consumer.keyauth_credentials)
      if (to !== undefined && credential.key === from) credential.key = to;
  }
  return next as unknown as Record<string, unknown>;
}

async function playRequest(request: KongRequest, expect: Expectation, stage: Stage): Promise<string[]> {
  if (request.waitSeconds !== undefined) await stage.gateway.advance(request.waitSeconds * 1000);
  const times = request.repeat ?? 1;
  if (request.websocket) return playWebSocket(request, expect, stage.gateway);
  const answers: RawAnswer[] = [];
  // A case that expects JSON presumes that JSON was requested: otherwise errors while proxying are plain text.
  const asksJson =
    expect.bodyJson !== undefined &&
    !Object.keys(request.headers).some((name) => name.toLowerCase() === 'accept');
  const sent = asksJson ? { ...request, headers: { ...request.headers, Accept: '*/*' } } : request;
  if (request.holdOpen) {
    stage.mock.hold(times);
    answers.push(...(await inOrder(sent, times, stage)));
  } else for (let turn = 0; turn < times; turn++) answers.push(await send(sent, stage.gateway));
  const hits = stage.mock.hits();
  const differences = answers.flatMap((answer) => compareAnswer(expect, answer));
  if (expect.statusCounts) differences.push(...compareCounts(expect.statusCounts, answers));
  if (expect.distribution) differences.push(...compareDistribution(expect.distribution, hits));
  if (expect.pickOrder && hits.map(targetOf).join() !== expect.pickOrder.join())
    differences.push(`picked ${hits.map(targetOf).join()} instead of ${expect.pickOrder.join()}`);
  if (expect.logReceives) differences.push(...(await playLog(expect.logReceives, stage)));
  return [...new Set([...differences, ...(await compareReceived(expect, hits))])];
}

/** Logs are sent after the response. */
async function playLog(wanted: NonNullable<Expectation['logReceives']>, stage: Stage): Promise<string[]> {
  const { mock, gateway } = stage;
  const isConsole = wanted.sink !== undefined;
  const records = (): number =>
    wanted.bodyJsonArray
      ? mock.logged().reduce((sum, { body }) => sum + (JSON.parse(body.toString()) as unknown[]).length, 0)
      : isConsole
        ? gateway.lines().length
        : mock.logged().length;
  await until(() => records() >= (wanted.bodyJsonArray?.length ?? 1));
  return isConsole ? compareLines(wanted, gateway.lines()) : compareLog(wanted, mock.logged());
}

/** Each request is on its way to an origin before the next is sent. */
async function inOrder(request: KongRequest, times: number, stage: Stage): Promise<RawAnswer[]> {
  const flights: Promise<RawAnswer>[] = [];
  for (let turn = 1; turn <= times; turn++) {
    flights.push(send(request, stage.gateway));
    await until(() => stage.mock.hits().length >= turn);
  }
  return Promise.all(flights);
}

function compareCounts(wanted: Readonly<Record<string, number>>, answers: readonly RawAnswer[]): string[] {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  const wrong = Object.entries(wanted).some(([status, count]) => (counts[status] ?? 0) !== count);
  return wrong ? [`statuses ${JSON.stringify(counts)} instead of ${JSON.stringify(wanted)}`] : [];
}

function checkPath(one: KongCase): string | null {
  const upstreams = one.config['upstreams'] as
    | { healthchecks?: { active?: { http_path?: string } } }[]
    | undefined;
  return (
    upstreams?.find((upstream) => upstream.healthchecks?.active)?.healthchecks?.active?.http_path ?? null
  );
}

/** Prepares the operator's actions before the case: targets marked unhealthy fail until they are ejected. */
async function warmUp(one: KongCase, stage: Stage): Promise<void> {
  const rules = Object.entries(one.config.x_mock ?? {});
  const unhealthy = rules.filter(([, rule]) => rule.unhealthyByOperator).map(([target]) => target);
  if (unhealthy.length === 0) return;
  stage.mock.reset(Object.fromEntries(unhealthy.map((target) => [target, failureThatCounts(one)])));
  for (let turn = 0; turn < 24; turn++) await send(one.request, stage.gateway);
}

function failureThatCounts(one: KongCase): { fault?: string; status?: number } {
  return /"tcp_failures":[1-9]/.test(JSON.stringify(one.config)) ? { fault: 'reset' } : { status: 500 };
}
