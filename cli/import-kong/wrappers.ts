/**
 * Files that wrap a Kong configuration: Kubernetes manifests, Helm values, the response of GET /config. The Kong file
 * inside is read; other kinds of file are named in the error, since "unknown field" does not help if the wrong file was
 * chosen.
 */
import { isTable, type Table } from './checks.ts';
import type { Environment } from './placeholders.ts';
import type { Path } from './report.ts';
import { readSource } from './source.ts';
import type { Source, SourceDocument } from './source.ts';

export interface Unwrapped extends Source {
  /** Kubernetes kinds without a Kong file; an error only if nothing else is found. */
  readonly others: readonly string[];
}

const nothing: Unwrapped = { documents: [], faults: [], others: [] };
const fault = (text: string): Unwrapped => ({ ...nothing, faults: [text] });

/** The documents inside; the document itself if it is not a wrapper. */
export function unwrap(document: SourceDocument, env: Environment): Unwrapped {
  const { value } = document;
  if (typeof value === 'string' && /^\s*(#.*\n\s*)*\w+ *= *\S/.test(value))
    return fault('looks like kong.conf: pass it with --conf, besides the configuration');
  if (!isTable(value)) return { ...nothing, documents: [document] };
  if (typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string')
    return unwrapResource(document, value, env);
  const at = innerPath(value);
  if (at !== null) {
    const inner = at.reduce<unknown>((found, step) => (found as Table)[step], value);
    if (typeof inner !== 'string') return { ...nothing, documents: [partOf(document, at, inner)] };
    return { ...readSource(inner, env, document.placeOf([0, ...at]).textLine), others: [] };
  }
  const name = nameOf(value);
  return name === null ? { ...nothing, documents: [document] } : fault(name);
}

/**
 * Finds a Kong file in a field: GET /config, or the values of Kong's Helm chart, possibly as a dependency of another
 * chart.
 */
function innerPath(value: Table): string[] | null {
  if (isKongText(value['config']) && !('_format_version' in value)) return ['config'];
  for (const chart of [null, ...Object.keys(value)]) {
    const values = chart === null ? value : value[chart];
    const dbless = isTable(values) ? values['dblessConfig'] : null;
    const config = isTable(dbless) ? dbless['config'] : null;
    if (isKongText(config) || isTable(config))
      return [...(chart === null ? [] : [chart]), 'dblessConfig', 'config'];
  }
  return null;
}

function isKongText(value: unknown): value is string {
  return typeof value === 'string' && value.includes('_format_version');
}

function partOf(document: SourceDocument, at: Path, value: unknown): SourceDocument {
  return { ...document, value, placeOf: ([, ...steps]) => document.placeOf([0, ...at, ...steps]) };
}

const OF_CONTROLLER =
  /^(Ingress|IngressClass|HTTPRoute|GRPCRoute|TLSRoute|Gateway|GatewayClass|ReferenceGrant)$/;

function unwrapResource(document: SourceDocument, value: Table, env: Environment): Unwrapped {
  const { apiVersion, items } = value;
  const kind = String(value['kind']);
  if (Array.isArray(items))
    return joinAll(
      items.map((item: unknown, index) => unwrap(partOf(document, ['items', index], item), env)),
    );
  const isKongs = String(apiVersion).includes('konghq.com') && kind !== 'KongPluginBundle';
  if (OF_CONTROLLER.test(kind) || isKongs)
    return fault(
      `is a Kubernetes ${kind}, which the Ingress Controller translates: import the result, from \`deck gateway dump\``,
    );
  if (kind !== 'ConfigMap' && kind !== 'Secret') return { ...nothing, others: [kind] };
  const found = ['data', 'stringData', 'binaryData'].flatMap((field) =>
    Object.entries(isTable(value[field]) ? value[field] : {}).map(([key, text]) => {
      const isEncoded = field === 'binaryData' || (kind === 'Secret' && field === 'data');
      return isEncoded
        ? { text: Buffer.from(String(text), 'base64').toString('utf8'), line: 1 }
        : { text, line: document.placeOf([0, field, key]).textLine };
    }),
  );
  const texts = found.filter(({ text }) => isKongText(text));
  if (texts.length === 0) return { ...nothing, others: [kind] };
  return joinAll(texts.map(({ text, line }) => ({ ...readSource(String(text), env, line), others: [] })));
}

export function joinAll(parts: readonly Unwrapped[]): Unwrapped {
  return {
    documents: parts.flatMap(({ documents }) => documents),
    faults: parts.flatMap(({ faults }) => faults),
    others: parts.flatMap(({ others }) => others),
  };
}

/** The type of a file that is commonly mistaken for a Kong configuration; null if it may be one. */
function nameOf(value: Table): string | null {
  if ('_format_version' in value) return null;
  if ('openapi' in value || 'swagger' in value)
    return 'is an OpenAPI description: convert it first, with `deck file openapi2kong`';
  const { services } = value;
  if (isTable(services) && !('data' in services)) {
    const entries = Object.values(services).filter(isTable);
    if (entries.some((entry) => 'image' in entry || 'build' in entry))
      return 'is a compose file: import the file that its Kong reads, KONG_DECLARATIVE_CONFIG';
    if (entries.some((entry) => 'host' in entry && 'id' in entry))
      return 'is a response of POST /config: import the file that was posted, or a response of GET /config';
  }
  const ofChart = ['ingressController', 'proxy', 'admin', 'image', 'env', 'dblessConfig', 'replicaCount'];
  return ofChart.filter((key) => key in value).length > 1
    ? 'holds the values of a Helm chart, and no Kong configuration in dblessConfig.config'
    : null;
}
