/** The formats of Kong's strings: hosts, paths, methods, targets. */
import { matching, oneOf, whole } from './checks.ts';

export const TIMEOUT = whole(1, 2147483646);
export const HOST = matching(
  /^(\[[0-9a-fA-F:.]+\]|[^\s/:?#@]+|[0-9a-fA-F:]+:[0-9a-fA-F:.]*)$/,
  'a host name or an IP address',
);
export const METHOD = matching(/^[A-Z]+$/, 'an upper-case method');
export const PROTOCOL = oneOf(
  ...['http', 'https', 'grpc', 'grpcs', 'tcp', 'tls', 'udp', 'tls_passthrough', 'ws', 'wss'],
);
export const HASH = oneOf('none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture');
export const ROUTE_PATH = matching(/^~?\//, 'a text that starts with / or ~/');
export const ROUTE_HOST = matching(
  /^(\*\.)?[^\s/*?#@]+(\.\*)?(:\d{1,5})?$/,
  'a host, at most with * as its first or last label',
);
const PORT = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
export const TARGET = matching(
  new RegExp(`^(\\[[0-9a-fA-F:.]+\\]|[^\\s/:?#@]+)(:${PORT})?$|^[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$`),
  'a host or an address, with or without a port',
);
export const ALGORITHM = oneOf(
  ...['round-robin', 'consistent-hashing', 'least-connections', 'latency', 'sticky-sessions'],
);
