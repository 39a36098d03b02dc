import { runTogether } from './support/together.ts';

runTogether('tests/unit/**/*.test.ts');
