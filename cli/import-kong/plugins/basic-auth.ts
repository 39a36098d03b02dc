/** basic-auth to `basicAuth`. */
import type { BasicAuth } from '../../../lib/config/types.ts';
import { ANY_TEXT, BOOL, shape } from '../checks.ts';
import { configOf, type Carried } from './entry.ts';
import type { Row } from '../rows.ts';

export const BASIC_AUTH: Carried = {
  fate: 'carried',
  priority: 1100,
  why: '`basicAuth`; passwords become Kong’s own hashes, in `logins` of consumers',
  config: shape({ hide_credentials: BOOL, anonymous: ANY_TEXT, realm: ANY_TEXT }),
  map: (plugin) => ({ basicAuth: mapBasicAuth(plugin) }),
  atTop: true,
};

function mapBasicAuth(plugin: Row): BasicAuth {
  const { hide_credentials: hide, anonymous, realm } = configOf(plugin);
  return {
    hideCredentials: hide === true,
    ...(typeof anonymous === 'string' && anonymous !== '' ? { anonymous } : {}),
    ...(typeof realm === 'string' && realm !== '' ? { realm } : {}),
  };
}
