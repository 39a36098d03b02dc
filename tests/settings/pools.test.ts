import { proveSettings } from '../support/settings.ts';
import { CASES } from './pools.cases.ts';

proveSettings(CASES);
