import t from 'tap';
import { boundConfig } from '../../../lib/core/runtime.ts';

t.test('no binding is no configuration, nor is null, an unset variable of plain workerd', async (t) => {
  t.equal(boundConfig(), undefined);
  const world = globalThis as { GATEWAY_CONFIG?: unknown };
  t.teardown(() => delete world.GATEWAY_CONFIG);
  world.GATEWAY_CONFIG = null;
  t.equal(boundConfig(), undefined);
  world.GATEWAY_CONFIG = '{}';
  t.equal(boundConfig(), '{}');
});
