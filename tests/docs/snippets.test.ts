/** Every configuration in docs/ is valid. */
import { readFileSync, readdirSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { checkConfig } from '../../lib/config/settings.ts';
import { ROOT } from '../../cli/paths.ts';

const PAGES = readdirSync(`${ROOT}/docs`).filter((file) => file.endsWith('.md'));
const snippetsOf = (page: string): string[] =>
  [...readFileSync(`${ROOT}/docs/${page}`, 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)].map(
    ([, text = '']) => text,
  );

t.test('every configuration in docs/ is valid, and so is every part of one', async (t) => {
  let seen = 0;
  for (const page of PAGES)
    for (const text of snippetsOf(page)) {
      const whole = /CONFIG = ([^]*);/.exec(text)?.[1] ?? `{ origins: ['https://api.example.com'], ${text} }`;
      // Through JSON, as from a binding: objects of another context are not plain objects in this one.
      const config: unknown = JSON.parse(JSON.stringify(runInNewContext(`(${whole})`)));
      t.ok(checkConfig(config), `${page}: ${text.split('\n')[0]}`);
      seen++;
    }
  t.ok(seen >= 4, 'the pages have examples');
});
