/** Names of headers: one spelling for all that an origin may take for the same, and those that end at this hop. */

/**
 * The name as CGI, WSGI, Rack and PHP distinguish headers: `X_Forwarded-For` and `x.forwarded.for` are
 * `x-forwarded-for`. A lower-case name of letters, digits and hyphens is returned unchanged.
 */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d-]/g, '-');
}

// ---- hop-by-hop headers (RFC 9110, 7.6.1) ----

/** Drops the headers that Connection names, which must not be forwarded. `change` returns the mutable headers. */
export function dropConnectionNamed(headers: Headers, change = (): Headers => headers): void {
  const connection = headers.get('connection');
  if (connection === null || connection === 'keep-alive' || connection === 'close') return;
  for (const name of connection.toLowerCase().split(',')) {
    const token = name.trim();
    if (/^(?!(?:upgrade|close|keep-alive)$)[\w!#$%&'*+.^`|~-]+$/.test(token)) change().delete(token);
  }
}

/** Drops hop-by-hop headers; the plain profile's `dropForeign` does this and more in one pass. */
export function dropHopHeaders(headers: Headers): void {
  dropConnectionNamed(headers);
  headers.delete('proxy-connection');
  headers.delete('expect');
}
