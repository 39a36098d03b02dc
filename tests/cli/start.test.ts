import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { startCommand } from '../../examples/demo/start.ts';
import { runCommand, runShell } from '../support/command.ts';
import { callProgram } from './call.ts';
import { listen } from './listening.ts';

t.test('npm start with traffic slows one origin down and then restores it', async (t) => {
  const start = runCommand('node', ['examples/demo/start.ts', '--port', '0', '--rate', '200']);
  t.teardown(() => start.end('SIGKILL'));
  await start.says('slows down to 800 ms');
  await start.says('is back to');
  t.equal(await start.end('SIGINT'), 0);
});

t.test('npm start answers every command that it prints, and Ctrl-C ends all processes', async (t) => {
  const start = runCommand('node', ['examples/demo/start.ts', '--port', '0', '--quiet']);
  t.teardown(() => start.end('SIGKILL'));
  const printed = await start.says('Ctrl-C ends all of it');
  const url = /listens on (http:\S+),/.exec(printed)?.[1] ?? '';
  const commands = printed.split('\n').filter((line) => line.startsWith('  curl'));
  t.equal(commands.length, 6);
  const answers: string[] = [];
  for (const command of commands)
    answers.push((await runShell(command.replaceAll('curl -i', 'curl -si'))).output);
  // And the command in the README.
  const [, tried = ''] = /^\$ (curl .*)$/m.exec(readFileSync(`${ROOT}/README.md`, 'utf8')) ?? [];
  t.match(tried, /^curl -i http:\/\/127\.0\.0\.1:8787\//);
  const { output } = await runShell(tried.replace('curl -i http://127.0.0.1:8787', `curl -si ${url}`));
  t.match(output, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(output, /"method":"GET","path":"\/"/, 'an origin of the demo has answered');
  const [race = '', preflight = '', post = '', version = '', stopped = '', member = ''] = answers;
  t.match(race, /^HTTP\/1.1 200 OK\r\n/);
  t.match(race, /^origin: swift\r$/im, 'the fastest of the three');
  // The origin's version is requested after the first responses.
  let versioned = race;
  while (!/^version:/im.test(versioned)) versioned = (await runShell(`curl -si ${url}/`)).output;
  t.match(versioned, /^version: .*"blockchain_version":"0\.23\.1"/im);
  t.match(race, /^country: XX\r$/im);
  t.match(race, /^access-control-allow-origin: \*\r$/im);
  t.match(race, /^cache-control: max-age=3\r$/im);
  t.match(preflight, /^HTTP\/1.1 204 /);
  t.match(preflight, /^access-control-allow-methods: .*PUT/im);
  t.match(post, /"method":"POST","path":"\/echo","body":"\{\\"hello\\":\\"world\\"\}"/);
  t.match(stopped, /HTTP\/1.1 200 OK\r\n/);
  t.match(stopped, /^origin: steady\r$/im, 'the next fastest');
  t.match(version, /"result":\{"blockchain_version":"0\.23\.1"/);
  t.match(member, /^HTTP\/1.1 200 /);
  t.match(
    (await runShell(`curl -si ${url}/members`)).output,
    /^HTTP\/1.1 401 /,
    'a request without a key is rejected',
  );
  t.match((await runShell(`curl -si -H 'apikey: wrong' ${url}/members`)).output, /^HTTP\/1.1 401 /);
  const page = /operator's page \(any name, password (\S+)\): (\S+)/.exec(printed);
  t.match((await runShell(`curl -s -u me:${page?.[1]} ${page?.[2]}`)).output, /<!doctype html>/i);
  t.equal(await start.end('SIGINT'), 0);
  t.equal((await runShell(`curl -s ${url}/`)).code, 7, 'the port is closed');
});

t.test('a port in use is one clear line', async (t) => {
  const { port } = await listen(t);
  t.same(await callProgram(startCommand, ['--port', String(port)]), {
    code: 1,
    out: '',
    err: `Cannot start: port ${port} is taken; choose another one with npm start -- --port NUMBER\n`,
  });
});

t.test('an invalid configuration is reported with all its errors and no stack', async (t) => {
  const file = join(t.testdir(), 'config.json');
  writeFileSync(file, JSON.stringify({ origins: ['https://a.example'], pools: { b: { orgins: [] } } }));
  const { code, err } = await callProgram(startCommand, ['--port', '0', '--config', file]);
  t.equal(code, 1);
  t.match(err, /pools\.b\.orgins: unknown key, did you mean "origins"\?/);
  t.notMatch(err, /\n\s+at /);
  t.match(await callProgram(startCommand, ['--config', '/nowhere.json']), {
    code: 1,
    err: 'Cannot read /nowhere.json: there is no such file\n',
  });
});
