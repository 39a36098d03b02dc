import { proveSettings } from '../support/settings.ts';
import { CASES } from './logins.cases.ts';

proveSettings(CASES);
