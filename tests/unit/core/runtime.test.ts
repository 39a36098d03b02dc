import t from 'tap';
import { boundConfig, importedConfig, RUNTIME } from '../../../lib/core/runtime.ts';

t.test('a digest is SHA-256 in lower-case hex', async (t) => {
  t.equal(await RUNTIME.digest('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  t.equal(await RUNTIME.digest('ß'), await RUNTIME.digest('\u00df'), 'of the UTF-8 bytes');
});

t.test('an id is 32 hex digits and never the same', async (t) => {
  t.match(RUNTIME.id(), /^[0-9a-f]{32}$/);
  t.not(RUNTIME.id(), RUNTIME.id());
});

t.test('a timer fires once unless it is cancelled', async (t) => {
  let fired = 0;
  RUNTIME.cancel(RUNTIME.after(0, () => fired++));
  await new Promise<void>((done) => RUNTIME.after(1, () => (fired++, done())));
  t.equal(fired, 1);
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

t.test('where there is no cloudflare:workers to import from, that says there is no binding', async (t) => {
  t.equal(await importedConfig(), undefined);
});
