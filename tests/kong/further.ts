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
import { routerPaths } from './further/router-paths.ts';
import { router } from './further/router.ts';
import { signatureCases } from './further/signatures.ts';
import { tokenCases } from './further/tokens.ts';

export const FURTHER: readonly KongCase[] = [
  ...keys,
  ...keys2018,
  ...logins,
  ...tokenCases,
  ...signatureCases,
  ...combinations,
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
