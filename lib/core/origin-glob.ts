/**
 * `https://*.example.com` and `http://localhost:*`: what people write for the origins of a site. As regular
 * expressions, which is how Kong reads them, they mean "any number of slashes" and let https://xexample.com in.
 */

/** Scheme, labels, host, port: with a star for some labels, or for any port. */
const GLOB = /^([a-z][a-z\d+.-]*:\/\/)?(\*\.)?([a-z\d-]+(?:\.[a-z\d-]+)*)(:(?:\d+|\*))?$/;

/**
 * What matches the origins, in small letters, that such an entry means; null for any other entry. Without a scheme it
 * is about the host.
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
