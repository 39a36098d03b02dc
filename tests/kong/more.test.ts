/**
 * More of Kong's behaviour than cases.json holds, in the same form: what nginx and the plugins do where cases are rare
 * (TRACE, redirects, characters in paths, limits by header and path, CORS on every kind of answer).
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { KongCase } from './case.ts';
import { closeStage, openStage, playCase, stageKey } from './play.ts';

const cases = JSON.parse(readFileSync(new URL('more.json', import.meta.url), 'utf8')) as KongCase[];
const groups = [...Map.groupBy(cases, stageKey).values()];

t.setTimeout(120_000);
t.jobs = 4;

for (const group of groups)
  t.test(group.map(({ id }) => id).join(', '), { buffered: true }, async (t) => {
    const stage = await openStage(group[0]!);
    t.teardown(() => closeStage(stage));
    for (const one of group) t.same(await playCase(one, stage), [], one.id);
  });
