import { Script } from 'node:vm';
import t from 'tap';
import { pagePolicy, statusPage } from '../../../lib/status/page.ts';

const page = statusPage('/ops/status', 'abc123');

t.test('the page loads nothing but its own JSON, and its policy enforces that', async (t) => {
  t.notMatch(page, /\b(src|href)="(?!\/ops\/status\/)/, 'no URL but its own');
  t.notMatch(page, /https?:|@import|url\(/);
  t.notMatch(page, /\sstyle="|\son\w+="/, 'nothing that the policy would block');
  t.match(
    pagePolicy('abc123'),
    /^default-src 'none'; script-src 'nonce-abc123'; style-src 'nonce-abc123'; connect-src 'self';/,
  );
  t.notMatch(pagePolicy('abc123'), /unsafe|\*/);
});

t.test('every script and style has the nonce, and no placeholder is left', async (t) => {
  const inline = page.match(/<(script|style)\b[^>]*>/g) ?? [];
  t.equal(inline.length, 2);
  for (const tag of inline) t.match(tag, /nonce="abc123"/);
  t.notMatch(page, /NONCE|PATH/);
});

t.test('the script parses, and fetches below its own path', async (t) => {
  const script = /<script[^>]*>([^]*)<\/script>/.exec(page)?.[1] ?? '';
  t.doesNotThrow(() => new Script(script));
  t.match(script, "fetch('/ops/status/json')");
  t.equal(script.match(/innerHTML/g)?.length, 2, 'only the charts, which are made of numbers');
});

t.test('the page has a language, a title and a viewport', async (t) => {
  for (const part of [/<html lang="en">/, /<title>.+<\/title>/, /name="viewport"/]) t.match(page, part);
});
