/** One spelling for all spellings of a header's name. */

/**
 * The name as CGI, WSGI, Rack and PHP tell headers apart: `X_Forwarded-For` and `x.forwarded.for` are
 * `x-forwarded-for`. A name in small letters without odd characters comes back as it is.
 */
export function canonicalName(name: string): string {
  return /[^a-z\d-]/.test(name) ? name.toLowerCase().replace(/[^a-z\d]/g, '-') : name;
}
