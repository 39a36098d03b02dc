/** Builds for one configuration beside the tests: seconds in which the origins and callers of their process would stand still. */
import { parentPort, workerData } from 'node:worker_threads';
import { build } from '../../tools/build.ts';
import type { ConfigFile } from '../../tools/read-config.ts';

parentPort?.postMessage(await build({ config: workerData as ConfigFile, write: false }));
