import t from 'tap';
import { checkCors, METHODS } from '../../../lib/config/check-cors.ts';

t.test(
  "the tutorial's CORS lets any origin read, with Kong's methods and whatever headers are asked for",
  async (t) => {
    t.match(checkCors({}, 'cors', []), {
      origins: [],
      methods: METHODS,
      headers: null,
      exposedHeaders: [],
      credentials: false,
      maxAge: null,
      preflightContinue: false,
      privateNetwork: false,
      allowOriginAbsent: true,
    });
  },
);

t.test('each key is taken, and what cannot be is refused with its place', async (t) => {
  const all = {
    origins: ['https://a'],
    methods: ['GET'],
    headers: ['X-A'],
    exposedHeaders: ['X-B'],
    credentials: true,
    maxAge: 0,
    preflightContinue: true,
    privateNetwork: true,
    allowOriginAbsent: false,
  };
  t.match(checkCors(all, 'cors', []), all);
  for (const key of Object.keys(all)) {
    const faults: string[] = [];
    checkCors({ [key]: { not: 'this' } }, 'cors', faults);
    t.match(faults, [new RegExp(`^cors\\.${key} must be`)], key);
  }
});
