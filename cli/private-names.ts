/** Top-level names that no public server has: RFC 6761, RFC 6762, RFC 8375, and ICANN's list of collisions. */
const PRIVATE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|svc|test|invalid)\.?$/i;

/** Whether only a private network resolves the name. */
export function isPrivateName(host: string): boolean {
  return !host.includes('.') || PRIVATE.test(host);
}
