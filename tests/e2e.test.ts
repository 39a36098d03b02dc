import { runTogether } from './support/together.ts';

runTogether('tests/e2e/**/*.test.ts', 3);
