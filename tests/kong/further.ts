/**
 * Further cases, from Kong's code and documentation, for what cases.json does not cover: the same format, shorter.
 * Their ids describe them.
 */
import type { KongCase } from './case.ts';
import { balancerFaults } from './further/balancer-faults.ts';
import { balancing } from './further/balancer.ts';
import { combinations } from './further/combinations.ts';
import { contract } from './further/contract.ts';
import { browsers } from './further/cors.ts';
import { errors } from './further/errors.ts';
import { headers } from './further/headers.ts';
import { keys2018 } from './further/keys-2018.ts';
import { keys } from './further/keys.ts';
import { limits } from './further/limits.ts';
import { logins } from './further/logins.ts';
import { records } from './further/records.ts';
import { routerPaths } from './further/router-paths.ts';
import { router } from './further/router.ts';
import { signatureCases } from './further/signatures.ts';
import { tokenCases } from './further/tokens.ts';
import { traffic } from './further/traffic.ts';
import { transforms } from './further/transforms.ts';

export const FURTHER: readonly KongCase[] = [
  ...keys,
  ...keys2018,
  ...logins,
  ...tokenCases,
  ...signatureCases,
  ...combinations,
  ...transforms,
  ...traffic,
  ...records,
  ...browsers,
  ...router,
  ...routerPaths,
  ...headers,
  ...errors,
  ...limits,
  ...balancing,
  ...balancerFaults,
  ...contract,
];
