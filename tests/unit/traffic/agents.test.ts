/** Which programs may call, by their own word. */
import t from 'tap';
import { compileAgents, judgeAgent } from '../../../lib/traffic/agents.ts';
import { verdict } from '../../support/traffic.ts';

const bots = compileAgents({ allow: [], deny: [], bots: true });
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

t.test('robots and HTTP libraries go by names; browsers and command-line tools pass', async (t) => {
  const PASS = [
    null,
    '',
    FIREFOX,
    'curl/8.5.0',
    'python-requests/2.32.3',
    'Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36',
  ];
  const STOP = [
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Go-http-client/1.1',
    'GPTBot/1.2',
    'axios/1.6.2',
    'okhttp/4.12.0',
    'Apache-HttpClient/4.5.14 (Java/17)',
    'aws-cli/2.15.0',
    'WhatsApp/2.23',
  ];
  for (const agent of PASS) t.equal(verdict(judgeAgent(bots, agent)), 'in', String(agent));
  for (const agent of STOP) t.equal(verdict(judgeAgent(bots, agent)), '403 Forbidden', agent);
});

t.test('Kong of 2018 let newer HTTP libraries pass, and gave no text', async (t) => {
  t.equal(judgeAgent(bots, 'axios/1.6.2', true), null);
  t.equal(verdict(judgeAgent(bots, 'GPTBot/1.2', true)), '403 ');
});

t.test('allow goes first, then deny; patterns match anywhere and by case', async (t) => {
  const judge = (allow: string[], deny: string[], agent: string, withBots = false) =>
    verdict(judgeAgent(compileAgents({ allow, deny, bots: withBots }), agent));
  t.equal(judge([], ['^lantern-sync/[12]\\.'], 'lantern-sync/2.0'), '403 Forbidden');
  t.equal(judge([], ['^lantern-sync/[12]\\.'], 'lantern-sync/3.0'), 'in');
  t.equal(judge([], ['^lantern'], '  lantern  '), '403 Forbidden', 'blanks around it do not count');
  t.equal(judge([], ['lantern'], 'Lantern'), 'in');
  t.equal(judge(['lantern'], ['lantern'], 'lantern'), 'in');
  t.equal(judge(['facebookexternalhit'], [], 'facebookexternalhit/1.1', true), 'in');
});

t.test('what is too long to be matched is refused', async (t) => {
  t.equal(judgeAgent(bots, 'a'.repeat(100_000))?.status, 431);
  const deny = compileAgents({ allow: [], deny: ['a+b'], bots: false });
  t.equal(judgeAgent(deny, 'a'.repeat(2049))?.status, 431);
});
