import t from 'tap';
import { boundConfig, RUNTIME } from '../../../lib/core/runtime.ts';

t.test('a digest is SHA-256 of the UTF-8 bytes, in lower-case hex', async (t) => {
  t.equal(await RUNTIME.digest('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

t.test('no binding is no configuration, and an unset variable of plain workerd is none either', async (t) => {
  t.equal(boundConfig(), undefined);
  const world = globalThis as { GATEWAY_CONFIG?: unknown };
  t.teardown(() => delete world.GATEWAY_CONFIG);
  world.GATEWAY_CONFIG = null;
  t.equal(boundConfig(), undefined);
  world.GATEWAY_CONFIG = '{}';
  t.equal(boundConfig(), '{}');
});
