import { runTogether } from './support/together.ts';

runTogether('tests/settings/**/*.test.ts', 2);
