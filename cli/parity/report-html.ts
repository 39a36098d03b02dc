/**
 * One page for people: self-contained (no script, nothing loaded, a policy that forbids both), every kept exchange
 * with its two sides beside each other and what differs marked, and the latency picture.
 *
 * What stands on it came from two gateways and a recording, so every text is escaped, and nothing becomes a link.
 */
import type { Difference } from './difference.ts';
import { latencyPicture } from './latency-picture.ts';
import type { Summary } from './report.ts';
import { verdict } from './report-table.ts';
import type { Exchange, Tally } from './tally.ts';
import { ABSENT, count } from './words.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8886; --from: #7a6ff026; --to: #e07b3926; --mark: #ffd54a; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
.verdict { font-size: 1.1rem; padding: .75rem 1rem; border-left: .4rem solid #2e7d32; background: #2e7d3222; }
.verdict.differs { border-color: #c62828; background: #c6282822; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; } pre { margin: 0; padding: .5rem .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .6rem 0; } summary { padding: .5rem .8rem; cursor: pointer; overflow-wrap: anywhere; }
.heads, .sides { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; padding: 0 .8rem .8rem; } .sides > div:nth-child(odd) { background: var(--from); } .sides > div:nth-child(even) { background: var(--to); }
.heads { font-weight: 600; padding-bottom: 0; } .what { padding: .3rem .8rem; } mark { background: var(--mark); color: #000; } .absent { opacity: .65; font-style: italic; }
svg { max-width: 100%; height: auto; } .muted { opacity: .75; }
@media (max-width: 40rem) { .heads, .sides { grid-template-columns: 1fr; } }
`;

export async function htmlReport(summary: Summary, tally: Tally): Promise<string> {
  const clean = summary.counts.different === 0 && summary.counts.unanswered === 0;
  const picture = await latencyPicture(tally);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parity: ${escape(summary.from)} and ${escape(summary.to)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Parity of two gateways</h1>
<p class="verdict${clean ? '' : ' differs'}">${escape(verdict(summary))}</p>
<table>
<tr><th scope="row">from</th><td>${escape(summary.from)}</td></tr>
<tr><th scope="row">to</th><td>${escape(summary.to)}</td></tr>
<tr><th scope="row">recording</th><td>${escape(summary.file)} (${summary.format})</td></tr>
<tr><th scope="row">time</th><td>${escape(summary.startedAt)} to ${escape(summary.endedAt)}</td></tr>
${summary.fault === null ? '' : `<tr><th scope="row">ended by</th><td>${escape(summary.fault)}</td></tr>`}
</table>
${kinds(summary)}
${latency(summary, picture)}
${exchanges(summary, tally.kept)}
</main>
</body>
</html>
`;
}

function kinds(summary: Summary): string {
  if (summary.differences.length === 0) return '';
  const rows = summary.differences.map(
    (group) =>
      `<tr><td>${group.kind}</td><td><code>${escape(group.name)}</code></td><td class="number">${group.count}</td>` +
      `<td>${escape(group.example.note)}</td><td>${escape(group.where)}</td></tr>`,
  );
  const more =
    summary.otherDifferences > 0
      ? `<p>${count(summary.otherDifferences, 'difference')} of further kinds.</p>`
      : '';
  return `<h2>What differs</h2>
<table><thead><tr><th scope="col">what</th><th scope="col">name</th><th scope="col" class="number">count</th><th scope="col">how</th><th scope="col">first at</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>${more}`;
}

function latency(summary: Summary, picture: string): string {
  if (!summary.latency) return '';
  const row = (name: 'from' | 'to') => {
    const { p50, p90, p99, max } = summary.latency![name];
    return `<tr><th scope="row">${name}</th>${[p50, p90, p99, max].map((ms) => `<td class="number">${ms}</td>`).join('')}</tr>`;
  };
  return `<h2>Latency</h2>
<figure role="img" aria-label="Share of requests answered within so many milliseconds, for both gateways; the table below has the numbers">${picture}</figure>
<table><thead><tr><th scope="col">milliseconds until the headers</th>${['half', '90 %', '99 %', 'slowest'].map((name) => `<th scope="col" class="number">${name}</th>`).join('')}</tr></thead>
<tbody>${row('from')}${row('to')}</tbody></table>`;
}

function exchanges(summary: Summary, kept: readonly Exchange[]): string {
  if (kept.length === 0) return '';
  const left = summary.counts.different - kept.length;
  const note =
    left > 0
      ? `<p class="muted">The first ${kept.length} of ${summary.counts.different}; the JSON report has all.</p>`
      : '';
  return `<h2>Side by side</h2>${note}${kept.map((exchange, i) => oneExchange(exchange, i < 10)).join('\n')}`;
}

function oneExchange(exchange: Exchange, open: boolean): string {
  const statuses =
    exchange.fromStatus === exchange.toStatus
      ? exchange.fromStatus
      : `${exchange.fromStatus} and ${exchange.toStatus}`;
  return `<details${open ? ' open' : ''}><summary><code>${escape(exchange.method)} ${escape(exchange.target)}</code>
<span class="muted">${escape(exchange.where)}, ${statuses}, ${exchange.fromMs} and ${exchange.toMs} ms</span></summary>
<div class="heads"><div>from</div><div>to</div></div>
${exchange.differences.map(oneDifference).join('\n')}</details>`;
}

function oneDifference(difference: Difference): string {
  const [from, to] = marked(difference.from, difference.to);
  const name = difference.name === '' ? '' : ` <code>${escape(difference.name)}</code>`;
  const note = difference.note === '' ? '' : ` <span class="muted">${escape(difference.note)}</span>`;
  return `<div class="what"><strong>${difference.kind}</strong>${name}${note}</div>
<div class="sides"><div><pre>${from}</pre></div><div><pre>${to}</pre></div></div>`;
}

/** Both sides escaped, with what lies between their common start and their common end marked. */
function marked(from: string | null, to: string | null): [string, string] {
  const absent = `<span class="absent">${ABSENT}</span>`;
  if (from === null || to === null)
    return [from === null ? absent : escape(from), to === null ? absent : escape(to)];
  const a = Array.from(from);
  const b = Array.from(to);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const side = (text: string[]) => {
    const middle = text.slice(start, text.length - end).join('');
    const mark = middle === '' ? '' : `<mark>${escape(middle)}</mark>`;
    return escape(text.slice(0, start).join('')) + mark + escape(text.slice(text.length - end).join(''));
  };
  return [side(a), side(b)];
}

function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd');
}
