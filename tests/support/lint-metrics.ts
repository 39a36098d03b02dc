/**
 * What `promtool check metrics` says of an exposition: with promtool itself where it is installed (Debian: `prometheus`), and
 * by the same rules written out where it is not (github.com/prometheus/client_golang, prometheus/testutil/promlint).
 */
import { spawnSync } from 'node:child_process';
import { words } from './words.ts';

const UNITS: Record<string, string> = Object.fromEntries([
  ...words`milliseconds microseconds nanoseconds minutes hours days`.map((unit) => [unit, 'seconds']),
  ...words`kilobytes megabytes bits`.map((unit) => [unit, 'bytes']),
  ['kelvin', 'celsius'],
  ['percent', 'ratio'],
]);
const ABBREVIATED = /(^|_)(s|ms|us|ns|sec|b|kb|mb|gb|m|h|d)(_|$)/;

/** One line a fault; none is good. */
export function lintMetrics(text: string): string[] {
  const faults: string[] = [];
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1]!, match[2]!]));
  const helped = new Set([...text.matchAll(/^# HELP (\S+) \S.*$/gm)].map((match) => match[1]!));
  const samples = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm)];
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (samples.length !== lines.length) faults.push('a line is no sample');
  const seen = new Set<string>();
  for (const [, name = '', labels = '', value = ''] of samples) {
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(family)) faults.push(`${name}: no type`);
    if (Number.isNaN(Number(value))) faults.push(`${name}: no number: ${value}`);
    if (seen.has(name + labels)) faults.push(`${name}{${labels}}: twice`);
    seen.add(name + labels);
  }
  for (const [name, type] of types) {
    if (!helped.has(name)) faults.push(`${name}: no help text`);
    if (type === 'counter' && !name.endsWith('_total'))
      faults.push(`${name}: counter metrics should have "_total" suffix`);
    if (type !== 'counter' && name.endsWith('_total'))
      faults.push(`${name}: non-counter metrics should not have "_total" suffix`);
    if (ABBREVIATED.test(name)) faults.push(`${name}: metric names should not contain abbreviated units`);
    if (/[a-z][A-Z]/.test(name))
      faults.push(`${name}: metric names should be written in snake_case not camelCase`);
    if (/_(counter|gauge|histogram|summary|untyped)$/.test(name))
      faults.push(`${name}: metric name should not include metric type`);
    for (const word of name.split('_'))
      if (UNITS[word]) faults.push(`${name}: use base unit "${UNITS[word]}" instead of "${word}"`);
  }
  return [...faults, ...promtool(text)];
}

function promtool(text: string): string[] {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return error || status === 0 ? [] : (stdout + stderr).trim().split('\n');
}
