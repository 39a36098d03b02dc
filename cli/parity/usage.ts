/** What --help prints: the whole interface on one screen. */
import { FORMATS } from './input.ts';

export const USAGE = `Usage: npm run parity -- --from URL --to URL [options] FILE

Sends every recorded request to both gateways and reports what a caller would notice.
FILE is a HAR file, NDJSON, a list of curl commands, or an access log (combined or JSON), also packed (.gz); "-" reads a pipe.

  --from URL               the old gateway; a path in it is put in front of every request's
  --to URL                 the new one
  --format NAME            ${FORMATS.join(', ')}; default: told from the file
  --unsafe                 send POST, PUT, PATCH and DELETE too, to both; default: GET, HEAD, OPTIONS and TRACE alone
  --header 'NAME: VALUE'   set on every request (an access log holds no keys); repeatable
  --host NAME              Host header: "base" (default: the URL's own), "recorded", or a name
  --concurrency N          pairs under way at once; default 4
  --rate N                 pairs a second at most; default: as fast as they are answered
  --timeout MS             one request, to its body's end; default 30000
  --retries N              further tries of a safe request that got no answer; default 0
  --limit N                stop after N requests
  --ignore-header NAME     beside those that always differ; "x-trace-*" stands for all that begin so; repeatable
  --ignore-cookie NAME     repeatable
  --ignore-pointer /A/*/B  JSON pointer whose value, and all below it, may differ; "*" is any key or index; repeatable
  --relative-links         an answer's links to its own gateway count as equal in bodies too (in headers they always do)
  --noise                  ask --from twice, and leave out what differs between its own two answers
  --latency-factor N       how many times slower is a difference; default 10; 0 is never
  --latency-floor MS       faster than this counts as this; default 50
  --max-body BYTES         larger bodies are compared by digest; default 4194304
  --keep N                 differing exchanges kept for the table, JUnit and HTML; default 200 (--json holds all)
  --secret NAME            a header, query key, cookie or field whose value is never shown, beside the usual; repeatable
  --insecure               accept any certificate
  --json FILE, --junit FILE, --html FILE   reports; "-" is standard output
  --quiet                  no progress, no table

Exit status: 0 no difference, 1 differences (or a request that neither answered), 2 bad usage or input,
130 interrupted: Ctrl-C ends the run and still writes every report.`;
