/** Invalid Kong configurations: each is rejected with the location, and nothing is imported. */
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { kong } from './import-kong-support.ts';

/** Bodies of format 3.0, and the expected error. */
const FAULTS: Readonly<Record<string, RegExp>> = {
  'servces: []': /servces \(line 1\) is not part of a Kong configuration, did you mean "services"\?/,
  'services: [{name: s, hots: h}]':
    /services\[0\]\.hots .*is not a field of a service, did you mean "host"\?/,
  'services: [{name: s}]': /services\[0\] .*must have host or url/,
  'services: [{name: s, host: h, retries: 40000}]':
    /services\[0\]\.retries .*must be a whole number from 0 to 32767, received 40000/,
  'services: [{name: s, host: h}, {name: s, host: i}]':
    /services\[1\]\.name .*must be unique: services\[0\] has the same/,
  'services: [{name: s, host: h, routes: [{name: r}]}]':
    /must have at least one of methods, hosts, paths, headers, snis/,
  'routes: [{paths: [/], service: nobody}]':
    /routes\[0\]\.service .*must name a service of the file, received "nobody"/,
  'routes: [{paths: [x]}]': /routes\[0\]\.paths .*starts with \/ or ~\//,
  'upstreams: [{name: u, slots: 5}]': /slots .*must be a whole number from 10 to 65536, received 5/,
  'upstreams: [{name: u, targets: [{target: a, weight: 65536}]}]': /weight .*0 to 65535/,
  'upstreams: [{name: u, targets: [{target: a}, {target: a}]}]': /target .*must be unique in its upstream/,
  'consumers: [{tags: [x]}]': /consumers\[0\] .*must have a username or a custom_id/,
  [`consumers: [{username: a, keyauth_credentials: [{key: hidden-key}]},
      {username: b, keyauth_credentials: [{key: hidden-key}]}]`]:
    /key .*must be unique: consumers\[0\]\.keyauth_credentials\[0\] has the same/,
  'plugins: [{name: cors}, {name: cors}]': /plugins\[1\] .*must be the only cors in its scope/,
  'plugins: [{name: rate-limiting}]': /must set at least one of second, minute/,
  'plugins: [{name: rate-limiting, config: {minute: 9, hour: 3}}]':
    /must not allow fewer requests a hour than a minute/,
  'plugins: [{name: key-auth, config: {key_name: x}}]': /config .*must be an object of key_names/,
  'plugins: [{name: jwt, config: {maximum_expiration: 60}}]': /must list exp in claims_to_verify/,
  'plugins: [{name: jwt, config: {maximum_expiration: -1}}]': /maximum_expiration is a whole number from 0/,
  'plugins: [{name: jwt, config: {claims_to_verify: [aud]}}]':
    /a list in which each entry is one of exp, nbf/,
  'plugins: [{name: hmac-auth, config: {algorithms: [md5]}}]': /one of hmac-sha1/,
  'consumers: [{username: a}], plugins: [{name: key-auth, consumer: a}]':
    /key-auth cannot be tied to a consumer/,
  'plugins: [{name: standard-webhooks, config: {secret_v1: "{vault://env/x}"}}]':
    /config\.secret_v1 .*must be the value itself, not a reference to a vault/,
  [`plugins: [{name: http-log, config:
      {http_endpoint: "https://a.example", headers: {Authorization: "{vault://env/x}"}}}]`]:
    /config\.headers\.Authorization .*must be the value itself/,
  'plugins: [{name: http-log, config: {http_endpoint: "http://"}}]': /http_endpoint is an http or https URL/,
  [`services: [{name: s, host: h, plugins: [{name: rate-limiting, consumer: x, config: {minute: 1}}]}]`]:
    /must not be set in a nested plugin/,
  'upstreams: [{name: u, targets: [{target: "a:70000"}]}]':
    /target .*must be a host or an address, with or without a port/,
  'upstreams: [{name: u, hash_on: header}]': /hash_on .*must come with hash_on_header/,
  'routes: [{paths: ["~/(a"]}]': /paths\[0\] .*must be a regular expression/,
  'plugins: [{name: a, instance_name: x}, {name: b, instance_name: x}]': /instance_name .*must be unique/,
  'routes: [{paths: [/], sources: [{ip: 10.0.0.0/8}]}]': /must not have sources or destinations/,
};
const OTHERS: Readonly<Record<string, RegExp>> = {
  'services: []': /_format_version .*must be one of "1\.1", "2\.1", "3\.0", received nothing/,
  '_format_version: "4.0"': /_format_version \(line 1\) must be one of .* received "4\.0"/,
  '': /must hold a Kong configuration, received nothing/,
  '[]': /must hold a Kong configuration, received nothing/,
  '{}': /_format_version .*received nothing/,
  '_format_version: "3.0"\n---\n_format_version: "2.1"': /_format_version .*must be "3\.0", received "2\.1"/,
  '{"_format_version": "3.0"}\n{"data": []}': /must hold one kind of configuration/,
  'a: [': /line \d+: /,
  '- just\n- words': /must be a page of the Admin API or an entity of one, received "just"/,
};

t.test('an invalid Kong configuration is rejected with the location', async (t) => {
  const bodies = Object.entries(FAULTS).map(([body, fault]) => [kong(body), fault] as const);
  for (const [text, fault] of [...Object.entries(OTHERS), ...bodies]) {
    const { config, faults } = importKong(text);
    t.equal(config, null, text);
    t.match(faults.join('\n'), fault, text);
    t.notMatch(faults.join('\n'), /hidden-key/, 'no key is shown');
  }
});
