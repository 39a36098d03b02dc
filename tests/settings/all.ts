/** A case for each setting. */
import type { Case } from './prove.ts';
import { CASES as LOGINS } from './logins.cases.ts';
import { CASES as POOLS } from './pools.cases.ts';
import { CASES as ROUTES } from './routes.cases.ts';
import { CASES as SIGNING } from './signing.cases.ts';
import { CASES as TRAFFIC } from './traffic.cases.ts';
import { CASES as WHOLE } from './whole.cases.ts';

export const CASES: readonly Case[] = [...LOGINS, ...POOLS, ...ROUTES, ...SIGNING, ...TRAFFIC, ...WHOLE];
