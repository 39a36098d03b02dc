/** basic-auth to `basicAuth`. */
import type { BasicAuth } from '../../../lib/config/types.ts';
import { ANY_TEXT, BOOL, RECORD, shape } from '../checks.ts';
import { configOf, type Carried, type Settings } from './entry.ts';
import type { Row } from '../rows.ts';

export const BASIC_AUTH: Carried = {
  fate: 'carried',
  priority: 1100,
  why: '`basicAuth`; passwords become Kong’s own hashes, in `logins` of consumers',
  config: shape({
    hide_credentials: BOOL,
    anonymous: ANY_TEXT,
    realm: ANY_TEXT,
    brute_force_protection: RECORD,
  }),
  map: (plugin, { report }) => {
    const { strategy = 'off' } = (configOf(plugin)['brute_force_protection'] ?? {}) as Settings;
    if (strategy !== 'off')
      report.note({
        effect: 'open',
        at: [...plugin.at, 'config', 'brute_force_protection'],
        subject: 'basic-auth',
        text: 'who guesses passwords is not slowed down',
      });
    return { basicAuth: mapBasicAuth(plugin) };
  },
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
