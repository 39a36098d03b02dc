/** key-auth to `auth`. With `anonymous` it accepts every request, and is not a guard by itself. */
import type { Auth } from '../../../lib/config/types.ts';
import { ANYTHING, ANY_TEXT, BOOL, listOf, matching, shape } from '../checks.ts';
import { configOf, type Carried } from './entry.ts';
import type { Row } from '../rows.ts';

const NAMES = listOf(matching(/^[A-Za-z0-9_-]+$/, 'a name of letters, digits, _ and -'));

export const KEY_AUTH: Carried = {
  fate: 'carried',
  priority: 1250,
  why: '`auth`; keys become digests',
  config: shape({
    key_names: NAMES,
    key_in_header: BOOL,
    key_in_query: BOOL,
    key_in_body: BOOL,
    hide_credentials: BOOL,
    anonymous: ANY_TEXT,
    run_on_preflight: BOOL,
    realm: ANY_TEXT,
    identity_realms: ANYTHING,
  }),
  map: (plugin) => ({ auth: mapKeyAuth(plugin) }),
  atTop: true,
};

function mapKeyAuth(plugin: Row): Auth {
  const {
    key_names: names,
    key_in_header: header,
    key_in_query: query,
    key_in_body: body,
    anonymous,
    run_on_preflight: preflight,
    realm,
    hide_credentials: hide,
  } = configOf(plugin);
  const keyIn: ('header' | 'query' | 'body')[] = [];
  if (header !== false) keyIn.push('header');
  if (query !== false) keyIn.push('query');
  if (body === true) keyIn.push('body');
  return {
    ...(Array.isArray(names) && names.length > 0 ? { keyNames: names as string[] } : {}),
    ...(keyIn.join() === 'header,query' ? {} : { keyIn }),
    hideCredentials: hide === true,
    ...(typeof anonymous === 'string' && anonymous !== '' ? { anonymous } : {}),
    ...(preflight === false ? { runOnPreflight: false } : {}),
    ...(typeof realm === 'string' && realm !== '' ? { realm } : {}),
  };
}
