import t from 'tap';
import { provesSetting } from '../support/settings.ts';
import { CASES } from './signing.cases.ts';

t.setTimeout(180_000);
t.jobs = 4;
for (const one of CASES) t.test(`the setting ${one.key}`, (t) => provesSetting(t, one));
