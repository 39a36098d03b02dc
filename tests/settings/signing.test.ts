import { proveSettings } from '../support/settings.ts';
import { CASES } from './signing.cases.ts';

proveSettings(CASES);
