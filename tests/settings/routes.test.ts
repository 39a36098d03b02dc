import { proveSettings } from '../support/settings.ts';
import { CASES } from './routes.cases.ts';

proveSettings(CASES);
