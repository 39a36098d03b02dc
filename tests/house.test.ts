import { runTogether } from './support/together.ts';

runTogether('tests/house/**/*.test.ts', 2);
