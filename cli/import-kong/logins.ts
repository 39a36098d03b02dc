/**
 * User names and passwords of basic-auth. Kong stores the SHA-1 of the password and the consumer's id; a file holds
 * plain passwords, unless it sets `_transform: false` or comes from the Admin API.
 */
import { createHash } from 'node:crypto';
import type { Consumer } from '../../lib/config/types.ts';
import type { Report } from './report.ts';
import type { Row } from './rows.ts';

type Login = NonNullable<Consumer['logins']>[number];

const HASH = /^[0-9a-f]{40}$/;

/** Marks each credential's password as already hashed. */
export function markHashed(credentials: readonly Row[]): void {
  for (const { fields } of credentials) fields['hashed'] = true;
}

export function mapLogin({ id, at, fields }: Row, consumer: string, report: Report): Login[] {
  const { username, password, hashed } = fields as { username: string; password: string; hashed?: boolean };
  const note = (effect: 'closed' | 'check', text: string): void =>
    report.note({ effect, at, subject: 'basicauth_credentials', text });
  if (password.startsWith('{vault:') || (hashed && !HASH.test(password))) {
    const why = hashed ? 'what stands in place of its hash is none' : 'a password that a vault holds';
    note('closed', `${why}: the user gets 401`);
    return [];
  }
  if (!hashed && HASH.test(password))
    note('check', 'taken as the password itself, as Kong does; if it is a hash, write `_transform: false`');
  const hash = hashed ? password : createHash('sha1').update(`${password}${consumer}`).digest('hex');
  return [{ id, username, passwordHash: `sha1:${hash}` }];
}
