import { proveSettings } from '../support/settings.ts';
import { CASES } from './traffic.cases.ts';

proveSettings(CASES);
