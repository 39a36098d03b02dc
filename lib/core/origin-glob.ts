/**
 * Globs such as `https://*.example.com` and `http://localhost:*`, which people write for the origins of a site. As
 * regular expressions, which is how Kong reads them, they mean "any number of slashes" and match https://xexample.com.
 */

/** Scheme, labels, host, port: with a star for one or more labels, or for any port. */
const GLOB = /^([a-z][a-z\d+.-]*:\/\/)?(\*\.)?([a-z\d-]+(?:\.[a-z\d-]+)*)(:(?:\d+|\*))?$/;

/** Matches an entry that is neither "*" nor an origin nor a glob: a regular expression. */
export const ORIGIN_PATTERN = new RegExp(`^(?!\\*$|[\\w.:/-]*$|${GLOB.source})`, 'i');

/**
 * A regular expression over lower-case origins for such an entry; null for any other entry. Without a scheme it matches
 * by host, with any scheme.
 */
export function globOf(entry: string): RegExp | null {
  const parts = entry.includes('*') ? GLOB.exec(entry.toLowerCase()) : null;
  if (parts === null) return null;
  const [, scheme = '', labels = '', host = '', port = ''] = parts;
  const anyPort = port === ':*' || (scheme === '' && port === '');
  return new RegExp(
    '^' +
      (scheme === '' ? '[a-z][a-z\\d+.-]*://' : scheme.replace(/[.+]/g, '\\$&')) +
      (labels === '' ? '' : '(?:[a-z\\d_-]+\\.)+') +
      host.replaceAll('.', '\\.') +
      (anyPort ? '(?::\\d+)?' : port) +
      '$',
  );
}
