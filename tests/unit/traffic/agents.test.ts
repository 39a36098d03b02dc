/** Access by User-Agent. */
import t from 'tap';
import { compileAgents, judgeAgent } from '../../../lib/traffic/agents.ts';
import { verdict } from '../../support/traffic.ts';

const IN = 'in';
const OUT = '403 Forbidden';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36';

t.test('allow overrides deny, and both override the list of bots and HTTP libraries', async (t) => {
  const rows: [agent: string | null, expected: string, lists?: { allow?: string[]; deny?: string[] }][] = [
    [null, IN],
    ['', IN],
    ['curl/8.5.0', IN],
    ['python-requests/2.32.3', IN],
    [ANDROID, IN],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', OUT],
    ['GPTBot/1.2', OUT],
    ['Go-http-client/1.1', OUT],
    ['axios/1.6.2', OUT],
    ['okhttp/4.12.0', OUT],
    ['Apache-HttpClient/4.5.14 (Java/17)', OUT],
    ['aws-cli/2.15.0', OUT],
    ['WhatsApp/2.23', OUT],
    ['lantern-sync/2.0', OUT, { deny: ['^lantern-sync/[12]\\.'] }],
    ['lantern-sync/3.0', IN, { deny: ['^lantern-sync/[12]\\.'] }],
    ['  lantern  ', OUT, { deny: ['^lantern$'] }],
    ['Lantern', IN, { deny: ['lantern'] }],
    ['lantern', IN, { allow: ['lantern'], deny: ['lantern'] }],
    ['facebookexternalhit/1.1', IN, { allow: ['facebookexternalhit'] }],
  ];
  for (const [agent, expected, lists] of rows) {
    const agents = compileAgents({ allow: [], deny: [], bots: true, ...lists });
    t.equal(verdict(judgeAgent(agents, agent)), expected, `${agent} ${JSON.stringify(lists)}`);
  }
});

t.test('kong-2018 allows newer HTTP libraries, and rejects without a message', async (t) => {
  const bots = compileAgents({ allow: [], deny: [], bots: true });
  t.equal(judgeAgent(bots, 'axios/1.6.2', true), null);
  t.equal(verdict(judgeAgent(bots, 'GPTBot/1.2', true)), '403 ');
});

t.test('a User-Agent too long to be matched is rejected', async (t) => {
  for (const deny of [[], ['a+b']]) {
    const agents = compileAgents({ allow: [], deny, bots: deny.length === 0 });
    t.equal(judgeAgent(agents, 'a'.repeat(2049))?.status, 431);
  }
});
