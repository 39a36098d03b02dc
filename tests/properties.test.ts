import { runTogether } from './support/together.ts';

runTogether('tests/properties/**/*.test.ts');
