/** Kong entities without a counterpart here, by what their absence means. */
const MEANINGS: Readonly<Record<string, string>> = {
  'certificates snis': 'certificates live with whoever ends TLS in front of the Worker',
  ca_certificates: 'the platform decides which certificates of origins it trusts',
  vaults: 'references to vaults are not resolved',
  'key_sets keys': 'no plugin that is carried over uses them',
  filter_chains: 'WebAssembly filters do not run',
  consumer_group_plugins: 'their members are treated like every other consumer',
  'oauth2_credentials oauth2_tokens oauth2_authorization_codes':
    'a caller who shows such a token is not known',
  mtls_auth_credentials: 'a caller who shows such a certificate is not known',
  workspaces: 'everything is taken into one configuration',
  parameters: 'nothing here reads them',
  licenses: 'none is needed',
  'rbac_roles rbac_users': 'there is no Admin API to guard',
  'degraphql_routes graphql_ratelimiting_cost_decorations': 'the plugin that reads them is not carried over',
  'service_packages service_versions documents': 'a catalogue, not traffic',
  partials: 'shared plugin settings are not put together: write them into the plugin',
};

export const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries(MEANINGS).flatMap(([kinds, meaning]) => kinds.split(' ').map((kind) => [kind, meaning])),
);

export function meaningOf(kind: string): string {
  return ELSEWHERE.get(kind) ?? 'nothing here reads them';
}

/** Top-level fields that describe the file itself. */
export const ABOUT = new Set([
  '_format_version',
  '_transform',
  '_comment',
  '_ignore',
  '_info',
  '_workspace',
  '_konnect',
  '_plugin_configs',
]);
