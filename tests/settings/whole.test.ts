import { proveSettings } from '../support/settings.ts';
import { CASES } from './whole.cases.ts';

proveSettings(CASES);
