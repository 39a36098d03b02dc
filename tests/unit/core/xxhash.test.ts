import t from 'tap';
import { xxh32 } from '../../../lib/core/xxhash.ts';

t.test('matches the reference for every tail length, on UTF-8 bytes', async (t) => {
  const known: [string, number][] = [
    ['', 0x02cc5d05],
    ['abc', 0x32d153ff],
    ['é', 0x33a52927],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
    ['just a value', 862735118],
    ['11111111-1111-4111-8111-111111111111', 3327407886],
  ];
  for (const [text, hash] of known) t.equal(xxh32(text), hash, text);
});
