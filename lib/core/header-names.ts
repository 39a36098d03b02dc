/** One canonical spelling of a header's name. */

/**
 * The name as CGI, WSGI, Rack and PHP distinguish headers: `X_Forwarded-For` and `x.forwarded.for` are
 * `x-forwarded-for`. A lower-case name of letters, digits and hyphens is returned unchanged.
 */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d-]/g, '-');
}
