/** `edge-gateway check FILE`: every fault of a configuration, or what the gateway makes of it. */
import { checkConfig } from '../../lib/config/settings.ts';
import { createCommand, run } from '../program.ts';
import { readConfig } from '../read-config.ts';
import { describeSettings } from './plan.ts';

export const checkCommand = createCommand('check')
  .description(
    'says every fault of a configuration, or the plan: routes in ranked order, pools, what each route enforces',
  )
  .argument('<file>', 'JSON, YAML, a script with "const CONFIG = {...}", or a whole dist/worker.js')
  .action((file: string) =>
    run(() => {
      process.stdout.write(describeSettings(checkConfig(readConfig(file).value)));
      return 0;
    }),
  );
