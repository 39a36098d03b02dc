/** Each setting has its effect. SETTING=Pool. runs those whose names begin with it. */
import { CASES } from './all.ts';
import { proveSettings } from './prove.ts';

proveSettings(CASES.filter(({ key }) => key.startsWith(process.env['SETTING'] ?? '')));
