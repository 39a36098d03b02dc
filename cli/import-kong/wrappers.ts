/**
 * Files that wrap a Kong configuration: Kubernetes manifests, Helm values, the response of GET /config. The Kong file
 * inside is read; other kinds of file are named in the error, since "unknown field" does not help if the wrong file was
 * chosen.
 */
import { isTable, type Table } from './checks.ts';
import type { Path } from './report.ts';
import { readSource, type Reading, type SourceDocument } from './source.ts';

/** The documents inside; the document itself if it is not a wrapper. */
export function unwrap(document: SourceDocument, reading: Reading): SourceDocument[] {
  const { value } = document;
  if (typeof value === 'string' && /^\s*(#.*\n\s*)*\w+ *= *\S/.test(value))
    return refuse('looks like kong.conf: pass it with --conf, besides the configuration', reading);
  if (!isTable(value)) return [document];
  if (typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string')
    return unwrapResource(document, value, reading);
  const at = innerPath(value);
  if (at !== null) {
    const inner = at.reduce<unknown>((found, step) => (found as Table)[step], value);
    if (typeof inner !== 'string') return [partOf(document, at, inner)];
    return readSource(inner, reading, document.placeOf(at).textLine);
  }
  const name = nameOf(value);
  return name === null ? [document] : refuse(name, reading);
}

function refuse(fault: string, { faults }: Reading): [] {
  faults.push(fault);
  return [];
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
  return { ...document, value, placeOf: (steps) => document.placeOf([...at, ...steps]) };
}

const OF_CONTROLLER =
  /^(Ingress|IngressClass|HTTPRoute|GRPCRoute|TLSRoute|Gateway|GatewayClass|ReferenceGrant)$/;

function unwrapResource(document: SourceDocument, value: Table, reading: Reading): SourceDocument[] {
  const { apiVersion, items } = value;
  const kind = String(value['kind']);
  if (Array.isArray(items))
    return items.flatMap((item: unknown, index) => unwrap(partOf(document, ['items', index], item), reading));
  const isKongs = String(apiVersion).includes('konghq.com') && kind !== 'KongPluginBundle';
  if (OF_CONTROLLER.test(kind) || isKongs)
    return refuse(
      `is a Kubernetes ${kind}, which the Ingress Controller translates: import the result, from \`deck gateway dump\``,
      reading,
    );
  const fields = kind === 'ConfigMap' || kind === 'Secret' ? ['data', 'stringData', 'binaryData'] : [];
  const found = fields.flatMap((field) =>
    Object.entries(isTable(value[field]) ? value[field] : {}).map(([key, text]) => {
      const isEncoded = field === 'binaryData' || (kind === 'Secret' && field === 'data');
      return isEncoded
        ? { text: Buffer.from(String(text), 'base64').toString('utf8'), line: 1 }
        : { text, line: document.placeOf([field, key]).textLine };
    }),
  );
  const texts = found.filter(({ text }) => isKongText(text));
  if (texts.length === 0) reading.others.push(kind);
  return texts.flatMap(({ text, line }) => readSource(String(text), reading, line));
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
