import { runTogether } from './support/together.ts';

runTogether('tests/simulations/**/*.test.ts');
