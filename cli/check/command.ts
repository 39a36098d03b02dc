/**
 * `edge-gateway check FILE`: every error of a configuration with its location and warnings about probable mistakes; or
 * the resulting plan.
 */
import { createContext, runInContext } from 'node:vm';
import type { Config } from '../../lib/config/types.ts';
import { checkValue, withHint } from '../faults.ts';
import { createCommand, run } from '../program.ts';
import { readConfig } from '../read-config.ts';
import { readTextFile } from '../read-text.ts';
import { describeSettings } from './plan.ts';
import { findWarnings } from './warnings.ts';

interface Options {
  readonly strict: boolean;
  readonly script?: string;
  readonly json: boolean;
}

export const command = createCommand(
  'check',
  '0 good; 1 faults, or with --strict warnings; 2 the command was not understood.',
)
  .description(
    'says every fault of a configuration, and warns of what is hardly meant; or says what the gateway makes of it',
  )
  .argument(
    '<file>',
    'JSON, YAML, a script with "const CONFIG = {...}", or a whole dist/worker.js; "-" is standard input',
  )
  .option('--strict', 'exit 1 for warnings too', false)
  .option('--script <file>', 'a built file: what it does not carry is a fault')
  .option('--json', 'faults, warnings and the plan as JSON', false)
  .action((file: string, options: Options) => run(() => check(file, options)));

function check(file: string, { strict, script, json }: Options): number {
  const config = readConfig(file);
  const [settings, faults] = checkValue(config.value);
  const warnings = settings ? findWarnings(config.value as Config, settings) : [];
  if (script !== undefined) {
    const ofScript = faultsOfScript(config.value, script).map((fault) => withHint(fault, config.value));
    faults.push(...ofScript.filter((fault) => !faults.includes(fault)));
  }
  /** One line about the configuration: `gateway.yaml:12:7: pools.api.retries must be …` */
  const finding = (kind: 'fault' | 'warning') => (message: string) => ({
    kind,
    place: config.placeOf(message),
    message,
  });
  const findings = [...faults.map(finding('fault')), ...warnings.map(finding('warning'))];
  const plan = settings && faults.length === 0 ? describeSettings(settings) : '';
  if (json) console.log(JSON.stringify({ file, good: faults.length === 0, findings, plan }, null, 2));
  else {
    for (const { kind, place, message } of findings)
      console.error(`${place}: ${kind === 'warning' ? 'warning: ' : ''}${message}`);
    process.stdout.write(plan);
  }
  return faults.length > 0 || (strict && warnings.length > 0) ? 1 : 0;
}

/**
 * The errors that a built file throws as a script, a line each; empty if it starts. Its last line validates the
 * configuration.
 */
function faultsOfScript(config: unknown, file: string): string[] {
  // Globals of the runtime that the file uses at the top level.
  const { URL, URLPattern, TextEncoder, TextDecoder, Headers, crypto } = globalThis as Record<
    string,
    unknown
  >;
  const world = createContext({
    ...{ URL, URLPattern, TextEncoder, TextDecoder, Headers, crypto },
    addEventListener: () => undefined,
    GATEWAY_CONFIG: JSON.stringify(config),
  });
  try {
    runInContext(readTextFile(file), world, { filename: file, timeout: 10_000 });
    return [];
  } catch (error) {
    const { message = String(error) } = error as { message?: string };
    const [head = '', ...faults] = message.split('\n  ');
    return faults.length > 0 ? faults : [`Cannot start ${file}: ${head}`];
  }
}
