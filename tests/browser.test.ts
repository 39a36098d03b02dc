import { runTogether } from './support/together.ts';

runTogether('tests/browser/**/*.test.ts', 2);
