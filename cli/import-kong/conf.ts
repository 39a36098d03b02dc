/**
 * The parts of kong.conf that callers and origins can notice, from a file of `name = value` lines or from `x_kong_conf`
 * in the configuration itself. Settings that only concern how Kong runs (ports, databases, workers) are ignored without
 * a note.
 */
import { isIP } from 'node:net';
import type { Config, KongConf } from '../../lib/config/types.ts';
import { compact } from './checks.ts';
import type { Report } from './report.ts';

/** Parses `name = value` lines; `#` starts a comment, unless preceded by a backslash. */
export function parseConf(text: string): Record<string, string> {
  const conf: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] =
      /^\s*([a-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line.replace(/(^|[^\\])#.*$/, '$1')) ?? [];
    if (name !== undefined && value !== undefined)
      conf[name] = value.replaceAll('\\#', '#').replace(/^(['"])(.*)\1$/, '$2');
  }
  return conf;
}

const BUILT_IN = 'errors have the built-in form';
const VISIBLE: Readonly<Record<string, string>> = {
  error_template_json: BUILT_IN,
  error_template_html: BUILT_IN,
  error_template_plain: BUILT_IN,
  error_template_xml: BUILT_IN,
  request_debug: 'there are no debug headers',
};

/** `headers` names groups and single headers. */
const LATENCIES = ['X-Kong-Proxy-Latency', 'X-Kong-Response-Latency', 'X-Kong-Upstream-Latency'];
const TOKENS: ReadonlyMap<string, readonly string[]> = new Map([
  ['server_tokens', ['Server', 'Via']],
  ['latency_tokens', LATENCIES],
]);
const DEFAULT_HEADERS = ['Server', 'Via', ...LATENCIES, 'X-Kong-Request-Id'].sort().join();
const headerName = (word: string): string =>
  word.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

export function mapConf(
  conf: Readonly<Record<string, unknown>>,
  report: Report,
): Pick<Config, 'trustedProxies' | 'kong'> {
  const kong: KongConf = {};
  const words = (name: string): string[] => wordsOf(conf[name]);
  if (conf['headers'] !== undefined) {
    const names = words('headers').flatMap((word) => TOKENS.get(word.toLowerCase()) ?? [headerName(word)]);
    const headers = [...new Set(names)].filter((name) => name !== 'Off').sort();
    if (headers.length === 0) kong.headers = false;
    else if (headers.join() !== DEFAULT_HEADERS) kong.headers = headers;
  }
  if (words('nginx_http_charset')[0] === 'off') kong.charset = false;
  if (isOn(conf['allow_debug_header'])) kong.debugHeaders = true;
  if (words('headers_upstream')[0] === 'off') kong.upstreamRequestId = false;
  if (typeof conf['real_ip_header'] === 'string') kong.realIpHeader = conf['real_ip_header'];
  if (isOn(conf['real_ip_recursive'])) kong.realIpRecursive = true;
  const most = bytesIn(conf['nginx_http_client_max_body_size'] ?? conf['client_max_body_size']);
  if (most > 0) kong.maxBodyBytes = most;
  if (typeof conf['error_default_type'] === 'string') kong.errorType = conf['error_default_type'];
  const ports = words('port_maps').map((pair) => pair.split(':'));
  if (ports.length > 0)
    kong.portMaps = Object.fromEntries(ports.map(([outer, inner]) => [String(inner), Number(outer)]));
  for (const [name, meaning] of Object.entries(VISIBLE))
    if (conf[name] !== undefined && conf[name] !== '') report.note('lost', meaning, `kong.conf ${name}`);
  const trustedProxies = words('trusted_ips').flatMap((word) => networkOf(word, report));
  return compact({ trustedProxies, kong });
}

/** Parses an nginx size; 0, or absent, means unlimited. */
function bytesIn(value: unknown): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg]?)$/i.exec(String(value ?? '').trim()) ?? [];
  return Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}

function wordsOf(value: unknown): string[] {
  const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

export function isOn(value: unknown): boolean {
  return value === true || value === 'on' || value === 'true';
}

function networkOf(word: string, report: Report): string[] {
  const version = isIP(word.replace(/\/\d{1,3}$/, ''));
  if (version === 0)
    report.note('lost', `${word} is not an address: such peers are not trusted`, 'kong.conf trusted_ips');
  else return [word.includes('/') ? word : `${word}/${version === 6 ? 128 : 32}`];
  return [];
}
