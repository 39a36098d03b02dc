import t from 'tap';
import { provesSetting } from '../support/settings.ts';
import { CASES } from './traffic.cases.ts';

for (const one of CASES) t.test(`the setting ${one.key}`, (t) => provesSetting(t, one));
