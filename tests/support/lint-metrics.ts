/**
 * Errors in an exposition: invalid lines, duplicate series, families without type or help; and the output of `promtool
 * check metrics`, if it is installed (Debian: `prometheus`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const hasPromtool = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'promtool')));

/** One line per error; empty if there are none. */
export function lintMetrics(text: string): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const [, series, name = ''] = /^(([a-zA-Z_:][\w:]*)(?:\{.*\})?) (?:[-+]?\d\S*|NaN)$/.exec(line) ?? [];
    const head = /^# (?:TYPE|HELP) \S+ \S/.test(line) ? line.split(' ', 3).join(' ') : series;
    if (head === undefined) faults.push(`no sample: ${line}`);
    else if (seen.has(head)) faults.push(`twice: ${head}`);
    else seen.add(head);
    const family = name.replace(/_(?:bucket|sum|count)$/, '');
    for (const part of series === undefined ? [] : ['TYPE', 'HELP'])
      if (!seen.has(`# ${part} ${name}`) && !seen.has(`# ${part} ${family}`))
        faults.push(`no ${part}: ${name}`);
  }
  if (!hasPromtool) return faults;
  const asked = { input: text, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], asked);
  return status === 0 ? faults : [...faults, ...(stdout + stderr).trim().split('\n')];
}
