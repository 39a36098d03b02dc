import { runTogether } from './support/together.ts';

runTogether('tests/docs/**/*.test.ts', 2);
