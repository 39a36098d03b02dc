import { runTogether } from './support/together.ts';

runTogether('tests/bench/**/*.test.ts', 2);
