import { runTogether } from './support/together.ts';

runTogether('tests/kong/**/*.test.ts', 2);
