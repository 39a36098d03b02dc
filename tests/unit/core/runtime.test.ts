import t from 'tap';
import { boundConfig } from '../../../lib/core/runtime.ts';

t.test('no binding is no configuration, and an unset variable of plain workerd is none either', async (t) => {
  t.equal(boundConfig(), undefined);
  const world = globalThis as { GATEWAY_CONFIG?: unknown };
  t.teardown(() => delete world.GATEWAY_CONFIG);
  world.GATEWAY_CONFIG = null;
  t.equal(boundConfig(), undefined);
  world.GATEWAY_CONFIG = '{}';
  t.equal(boundConfig(), '{}');
});
