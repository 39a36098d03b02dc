import { runTogether } from './support/together.ts';

runTogether('tests/cli/**/*.test.ts');
