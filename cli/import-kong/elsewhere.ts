/** Kong entities without a counterpart here, with the effect of their absence. */
const MEANINGS: Readonly<Record<string, string>> = {
  'certificates snis': 'certificates belong to whatever terminates TLS in front of the Worker',
  ca_certificates: 'the platform decides which authorities it trusts',
  vaults: 'references to vaults are not resolved',
  'key_sets keys': 'no plugin that is carried over uses them',
  filter_chains: 'WebAssembly filters do not run',
  consumer_group_plugins: 'their members are treated like every other consumer',
  'oauth2_credentials oauth2_tokens oauth2_authorization_codes':
    'callers with such a token are not identified',
  mtls_auth_credentials: 'callers with such a certificate are not identified',
  workspaces: 'all are merged into one configuration',
  parameters: 'they are not used here',
  licenses: 'none is needed',
  'rbac_roles rbac_users': 'there is no Admin API to guard',
  'degraphql_routes graphql_ratelimiting_cost_decorations': 'the plugin that uses them is not carried over',
  'service_packages service_versions documents': 'a catalogue, not traffic',
  partials: 'shared plugin settings are not merged: write them into the plugin',
};

export const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries(MEANINGS).flatMap(([kinds, meaning]) => kinds.split(' ').map((kind) => [kind, meaning])),
);

export function meaningOf(kind: string): string {
  return ELSEWHERE.get(kind) ?? 'they are not used here';
}

/** Top-level fields that describe the file itself. */
export const ABOUT = new Set(
  '_format_version _transform _comment _ignore _info _workspace _konnect _plugin_configs'.split(' '),
);
