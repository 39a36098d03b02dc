import { runTogether } from './support/together.ts';

runTogether('tests/model/**/*.test.ts');
