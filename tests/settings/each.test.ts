/** Each setting does what it says: SETTING=Pool. runs those whose names begin so. */
import { CASES } from './all.ts';
import { proveSettings } from './prove.ts';

proveSettings(CASES.filter(({ key }) => key.startsWith(process.env['SETTING'] ?? '')));
