import t from 'tap';
import { peersId, renewTraceparent } from '../../../lib/http/trace.ts';
import { words } from '../../support/words.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const OURS = '00f067aa0ba902b7';

t.test('trace id and flags are kept, the parent is the gateway, the version 00', async (t) => {
  for (const [sent, flags] of [
    [`00-${TRACE}-${SPAN}-ff`, 'ff'],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-holds`, '01'],
    [`01-${TRACE}-${SPAN}-01`, '01'],
  ] as const)
    t.equal(renewTraceparent(sent, OURS), `00-${TRACE}-${OURS}-${flags}`);
  const bad = words`
    x 00-${TRACE}-${SPAN} 00-${TRACE}-${SPAN}-1 ff-${TRACE}-${SPAN}-01 00-${'0'.repeat(32)}-${SPAN}-01
    00-${TRACE}-${'0'.repeat(16)}-01 00-${TRACE.toUpperCase()}-${SPAN}-01 00-${TRACE}-${SPAN}-01-more
    00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01 cc-${TRACE}-${SPAN}-01.what 00-${TRACE}x-${SPAN}-01
  `;
  for (const one of [...bad, '', ` 00-${TRACE}-${SPAN}-01`]) t.equal(renewTraceparent(one, OURS), null, one);
});

t.test("a peer's request id is kept if it is valid", async (t) => {
  for (const id of ['1', 'a'.repeat(64), '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'Root:1-67891233.x'])
    t.equal(peersId(id), id);
  for (const id of [null, '', 'a'.repeat(65), 'a b', 'a"b', 'a,b', '<a>']) t.equal(peersId(id), null);
});
