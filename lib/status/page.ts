/**
 * The operator's page: one HTML document that asks for the JSON every two seconds and draws it.
 *
 * Promises to load nothing but that JSON, by its own Content-Security-Policy; names and errors come from a configuration
 * that a program may have written and from origins, and become text, never markup. It is light or dark as the system is
 * and fits a phone, where a row is a card; a screen reader is told of ejections, not of new figures, and a box stops the
 * refresh (WCAG 2.2.2). Rows stay the same elements, or a keyboard would lose its place every two seconds. Rejected:
 * drawing on the server, which would spend the Worker's time and send four times the bytes each two seconds.
 */

/** The policy for the page with this nonce. */
export function pagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return (
    `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  );
}

/** The page for the operator's path; `nonce` is a fresh one for each answer. */
export function statusPage(path: string, nonce: string): string {
  return PAGE.replaceAll('NONCE', nonce).replaceAll('PATH', path);
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Gateway status</title>
<style nonce="NONCE">
:root { color-scheme: light dark; font: 14px/1.4 system-ui; background: Canvas;
  --line: light-dark(#0b57d0, #8ab4f8); --bad: light-dark(#b3261e, #ff8a80); --rule: light-dark(#ccc, #444) }
body { margin: .75rem }
h1, h2 { font-size: 1.2em; margin: 1rem 0 .25rem }
p, dl, dd, figure { margin: 0 }
header, #charts, dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline }
header h1 { margin: 0 }
#totals dd { font-size: 1.5em }
figure { flex: 1 20rem; max-width: 28rem }
svg { fill: none; stroke-width: 1.5; stroke: var(--rule); font-size: 11px }
svg text { fill: CanvasText; stroke: none }
.a { stroke: var(--line) }
.b { stroke: var(--bad) }
b.a { color: var(--line) }
b.b, .bad [data-is=State] { color: var(--bad) }
table { border-collapse: collapse; width: 100% }
th, td { border-top: thin solid var(--rule); padding: .1rem .4rem; text-align: left; overflow-wrap: anywhere }
.n { text-align: right; white-space: nowrap }
th button { all: unset; cursor: pointer; text-decoration: underline dotted }
th button:focus-visible { outline: auto }
[aria-sort=ascending] button::after { content: " ▲" }
[aria-sort=descending] button::after { content: " ▼" }
.bad { background: light-dark(#fdecea, #3b1512) }
.off { background: light-dark(#f1f1f1, #2a2a2a) }
@media (width < 50rem) {
  table, tbody { display: block }
  thead tr { display: flex; flex-wrap: wrap; gap: .5rem }
  th { border: 0; padding: 0 }
  tbody tr { display: grid; grid-template-columns: 1fr 1fr; padding: .4rem; border-top: medium solid var(--rule) }
  td { border: 0; text-align: left; white-space: normal }
  td::before { content: attr(data-is) " "; font-size: .85em; opacity: .8 }
  [data-is=State], [data-is="Last error"], [data-is=Do] { grid-column: 1 / -1 }
}
[hidden] { display: none !important }
</style>
<header>
<h1>Gateway status</h1>
<label><input type="checkbox" id="live" checked> Refresh</label>
<label>Filter <input type="search" id="filter"></label>
<a href="PATH/plan">Configuration</a>
<a href="PATH/json">JSON</a>
<a href="PATH/metrics">Metrics</a>
<button id="forget">Forget keys</button>
<strong id="news" role="status"></strong>
</header>
<main>
<p id="about"></p>
<p id="everywhere"></p>
<dl id="totals"></dl>
<div id="charts"></div>
<h2 id="h1">Origins</h2>
<table id="origins" role="table" aria-labelledby="h1"></table>
<h2 id="h2">Routes</h2>
<table id="routes" role="table" aria-labelledby="h2"></table>
<h2 id="h3">Pools</h2>
<table id="pools" role="table" aria-labelledby="h3"></table>
<h2>Counts since the start</h2>
<dl id="counts"></dl>
</main>
<dialog id="ask" aria-labelledby="question"><p id="question"></p>
<p><button id="no">Cancel</button> <button id="yes"></button></p></dialog>
<script nonce="NONCE">
const { live, filter, forget, news, about, everywhere, totals, charts, counts, ask, question, no, yes } = window
const HERE = ' This holds in the one isolate that answers, until it ends; others go on as before.'
let shown

const say = (text) => { if (news.textContent !== text) news.textContent = text }
const number = (value, unit = '') => value == null ? '–' : value.toLocaleString('en') + unit
const ms = (value) => number(value, ' ms')
const words = (key) => key.replace(/_|(?=[A-Z])/g, ' ').toLowerCase()
const span = (s) => s < 100 ? s + ' s' : s < 6000 ? Math.round(s / 60) + ' min' : Math.round(s / 3600) + ' h'
const errors = ({ recent }) =>
  recent.errors ? recent.errors + ' (' + Math.ceil(100 * recent.errors / recent.requests) + ' %)' : '0'
const make = (tag, attributes, ...inside) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...inside)
  return element
}
const list = (dl, pairs) => dl.replaceChildren(...pairs.map(([name, value]) =>
  make('div', {}, make('dt', {}, name), make('dd', {}, value))))

// Charts: five minutes from left to right.
const line = (values, top, className, [left, bottom, height, step]) => '<path class="' + className + '" d="' +
  values.map((value, i) => value === null ? '' : (i && values[i - 1] !== null ? 'L' : 'M') +
    (left + i * step) + ' ' + (bottom - height * value / top).toFixed(1) + 'h.1').join('') + '"/>'
const ceiling = (value) => {
  const ten = 10 ** Math.floor(Math.log10(Math.max(1, value)))
  return [1, 2, 5, 10].find((times) => times * ten >= value) * ten
}
const chart = (unit, lines) => {
  const top = ceiling(Math.max(...lines.flatMap(([, values]) => values)))
  return '<figure><figcaption>' + lines.map(([name], i) => '<b class="' + 'ab'[i] + '">' + name + '</b>').join(', ') +
    '</figcaption><svg viewBox="0 0 350 100" role="img" aria-label="' +
    lines.map(([name, values]) => name + ': now ' + number(values.at(-1), unit) + ', at most ' +
      number(Math.max(...values), unit)).join('; ') + ' in five minutes"><path d="M44 5V82H345M44 5h-3M44 43h-3"/>' +
    [[38, 9, top + unit], [38, 47, top / 2 + unit], [38, 84, 0]].map(([x, y, text]) =>
      '<text x="' + x + '" y="' + y + '" text-anchor="end">' + text + '</text>').join('') +
    '<text x="44" y="96">5 min ago</text><text x="345" y="96" text-anchor="end">now</text>' +
    lines.map(([, values], i) => line(values, top, 'ab'[i], [46, 82, 77, 5])).join('') + '</svg></figure>'
}

// Tables. A column is its title, what it is sorted by, and what it shows where that is something else.
const trouble = ({ ejected, drained, recent: { errors, requests, p99Ms } }) =>
  ejected ? 3 : errors ? 1 + errors / requests : drained ? 1 : p99Ms / 1e5
const RECENT = [
  ['Requests/s', (row) => row.recent.requestsPerSecond],
  ['Errors', (row) => row.recent.errors, errors],
  ['p50', (row) => row.recent.p50Ms, (row) => ms(row.recent.p50Ms)],
  ['p99', (row) => row.recent.p99Ms, (row) => ms(row.recent.p99Ms)],
]
const TABLES = {
  origins: [2, (report) => report.pools.flatMap((pool) => pool.origins.map((row) => ({ ...row, pool: pool.name }))), [
    ['Pool', (row) => row.pool],
    ['Origin', (row) => row.name],
    ['State', trouble, (row) => row.state],
    ...RECENT,
    ['In flight', (row) => row.inFlight],
    ['Share', (row) => parseInt(row.share), (row) => row.share],
    ['Hedges', (row) => row.hedges],
    ['Retries', (row) => row.retries],
    ['Weight', (row) => row.weight],
    ['Priority', (row) => row.priority],
    ['Last error', (row) => row.lastError ?? ''],
    ['Latency', (row) => row.latency.trail.at(-1)],
    ['Do', null],
  ]],
  routes: [3, (report) => report.routes, [
    ['Route', (row) => row.name],
    ['Pool', (row) => (row.pool ?? '') + (row.canary ? '; canary ' + row.canary.pool : '')],
    RECENT[0],
    ['Errors', trouble, errors],
    ...RECENT.slice(2),
    ['Canary', (row) => row.canary?.percent ?? -1, (row) => row.canary ? row.canary.percent + ' %' : ''],
    ...['2xx', '3xx', '4xx', '5xx'].map((code) => [code, (row) => row[code]]),
  ]],
  pools: [0, (report) => report.pools, [
    ['Pool', (row) => row.name],
    ['Policy', (row) => row.balance],
    ['Requests', (row) => row.requests],
    ['Hedge budget', (row) => Math.floor(row.hedgeBudget)],
    ['Retry budget', (row) => Math.floor(row.retryBudget)],
  ]],
}
const draw = (id, report) => {
  const [, read, columns] = TABLES[id]
  const table = window[id]
  const all = read(report)
  const top = ceiling(Math.max(...all.flatMap((row) => row.latency?.trail ?? [])))
  table.rowFor ??= new Map()
  table.sorting ??= [TABLES[id][0], id === 'pools' ? 1 : -1]
  const [by, order] = table.sorting
  if (!table.tHead) table.append(make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...columns.map(
    ([title, value], i) => {
      const button = make('button', {}, title)
      const sample = value && all[0] && value(all[0])
      button.onclick = () => {
        const [old, way] = table.sorting
        table.sorting = [i, old === i ? -way : typeof sample === 'string' ? 1 : -1]
        draw(id, shown)
      }
      return make('th', { role: 'columnheader', class: typeof sample === 'string' ? '' : 'n' }, value ? button : title)
    }))), make('tbody', { role: 'rowgroup' }))
  columns.forEach((_, i) => table.tHead.rows[0].cells[i].ariaSort =
    i === by ? order > 0 ? 'ascending' : 'descending' : null)
  const rows = all.map((row) => {
    const key = row.pool + ' ' + row.name
    if (!table.rowFor.has(key)) table.rowFor.set(key, make('tr', { role: 'row' }, ...columns.map(([title, value]) =>
      make('td', { role: 'cell', 'data-is': title, class: value && typeof value(row) !== 'string' ? 'n' : '' }))))
    const tr = table.rowFor.get(key)
    tr.className = row.ejected || row.recent?.errors ? 'bad' : row.drained ? 'off' : ''
    columns.forEach(([title, value, show], i) => {
      if (title === 'Do') return offer(tr.cells[i], row)
      const text = title === 'Latency'
        ? '<svg width="120" height="22" role="img" aria-label="now ' + ms(row.latency.trail.at(-1)) + '">' +
          '<path d="M0 21H120"/>' + line(row.latency.trail, top, 'a', [0, 21, 20, 2]) + '</svg>'
        : String(show ? show(row) : number(value(row)))
      if (tr.cells[i].drawn === text) return
      tr.cells[i].drawn = text
      if (title === 'Latency') tr.cells[i].innerHTML = text
      else tr.cells[i].textContent = text
    })
    tr.hidden = !tr.textContent.toLowerCase().includes(filter.value.toLowerCase())
    return [columns[by][1](row) ?? -1, tr]
  })
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * order)
  const focused = document.activeElement
  if (rows.some(([, tr], i) => table.tBodies[0].rows[i] !== tr)) {
    table.tBodies[0].append(...rows.map(([, tr]) => tr))
    focused.focus()
  }
  const scale = columns.findIndex(([title]) => title === 'Latency')
  if (scale > 0) table.tHead.rows[0].cells[scale].firstChild.textContent = 'Latency, 0 to ' + ms(top)
}

// Buttons.
const act = (button, action, from, text) => button.onclick = () => {
  question.textContent = text
  yes.textContent = button.textContent
  yes.onclick = async () => {
    ask.close()
    const response = await fetch('PATH/' + action + '?' + new URLSearchParams(from), { method: 'POST' })
    const answer = await response.json()
    refresh(response.ok ? 'Done: ' + button.ariaLabel + '.' : answer.message)
  }
  ask.showModal()
}
no.onclick = () => ask.close()
const offer = (cell, { pool, name, drained, ejected, weight }) => {
  if (!cell.firstChild) cell.append(make('button', {}), ' ', make('button', {}, 'Eject'))
  const [drain, eject] = cell.children
  const from = { pool, origin: name }
  const which = ' ' + name + ' of ' + pool
  drain.textContent = drained ? 'Undrain' : 'Drain'
  drain.ariaLabel = drain.textContent + which
  eject.ariaLabel = 'Eject' + which
  drain.hidden = weight === 0
  eject.hidden = drained || ejected
  act(drain, drained ? 'undrain' : 'drain', from, drain.ariaLabel + '? ' + (drained
    ? 'It gets its share again.' : 'It gets no further request; those under way end.') + HERE)
  act(eject, 'eject', from, eject.ariaLabel + '? It is left alone for a while, and then one request tries it.' + HERE)
}
forget.ariaLabel = 'Forget keys'
act(forget, 'forget', {}, 'Forget what is known of all keys? The verifier is asked again about each.')

// The report.
const show = (report) => {
  const { recent, keys } = report
  about.textContent = 'Version ' + report.version + ', configuration ' + report.configuration + '. This isolate alone, up ' +
    span(report.uptimeSeconds) + ': requests/s of the last 10 s, errors and latency of the last minute.'
  list(totals, [['Requests/s', number(recent.requestsPerSecond)], ['Errors', errors(report)], ['p50', ms(recent.p50Ms)],
    ['p99', ms(recent.p99Ms)], ['In flight', number(recent.inFlight)], ['Keys known', number(keys.good)],
    ['Limits hit', number(recent.limitsHit)]])
  charts.innerHTML = chart('', [['Requests/s', report.charts.requestsPerSecond], ['5xx/s', report.charts.errorsPerSecond]]) +
    chart(' ms', [['p50', report.charts.p50Ms], ['p99', report.charts.p99Ms]]) +
    chart('', [['In flight', report.charts.inFlight]])
  list(counts, [...Object.entries(report.refusals).map(([key, value]) => [words(key), number(value)]),
    ...Object.entries(keys).map(([key, value]) => ['keys: ' + key, number(value)]),
    ...report.shadows.flatMap(({ name, ...results }) =>
      Object.entries(results).map(([key, value]) => ['shadow of ' + name + ': ' + key, number(value)]))])
  const moved = shown && shown.since !== report.since ? 'Another isolate answers now. ' : ''
  shown = report
  for (const id in TABLES) draw(id, report)
  return moved + report.pools.flatMap((pool) => pool.origins).filter((row) => row.ejected)
    .map((row) => row.name + ' is ejected. ').join('')
}
const refresh = (said = '') => fetch('PATH/json').then((response) => response.json())
  .then((report) => { const told = show(report); say(said || told) }).catch(() => say('No answer'))
const addUp = async () => {
  if (!shown?.allIsolates) return
  const text = await (await fetch('PATH/metrics?all')).text()
  const sum = (pattern) => number([...text.matchAll(pattern)].reduce((all, [, one]) => all + Number(one), 0))
  everywhere.textContent = 'All isolates, ' + sum(/^gateway_isolates (.+)$/gm) + ' within the last minute: ' +
    sum(/^gateway_requests_total.+ (.+)$/gm) + ' requests, ' + sum(/^gateway_requests_total.+"5xx"} (.+)$/gm) +
    ' errors, ' + sum(/^gateway_refusals_total.+"rate_limited"} (.+)$/gm) + ' limits hit.'
}
filter.oninput = () => { for (const id in TABLES) draw(id, shown) }
const loop = async (turn = 0) => {
  if (live.checked) await refresh()
  if (live.checked && turn % 5 === 0) await addUp().catch(() => {})
  setTimeout(loop, 2000, turn + 1)
}
loop()
</script>`;
