/**
 * The operator's page: one HTML document that fetches the JSON every two seconds and renders it.
 *
 * Its Content-Security-Policy lets it load nothing but that JSON. Names and errors come from origins and from a
 * configuration that a program may have written; they are rendered as text, never as markup. The page follows the
 * system's light or dark scheme and fits a phone, where a row is a card. A screen reader announces ejections but not
 * new figures, and a checkbox stops the refresh (WCAG 2.2.2). Row elements are reused, or the keyboard focus would be
 * lost every two seconds. Rejected: rendering on the server, which would use the Worker's CPU time and send four times
 * the bytes every two seconds.
 */

/** The Content-Security-Policy of the page with this nonce. */
export function pagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return (
    `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  );
}

/** The page for the operator's path; each response needs a fresh `nonce`. */
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
header, #charts, dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center }
header h1 { margin: 0 }
#totals dd { font-size: 1.5em }
figure { flex: 1 20rem; max-width: 28rem }
svg { fill: none; stroke-width: 1.5; stroke: var(--rule); font-size: 11px }
text { fill: CanvasText; stroke: none }
.a { stroke: var(--line); color: var(--line) }
.b { stroke: var(--bad); color: var(--bad) }
table { border-collapse: collapse; width: 100% }
th, td { border-top: thin solid var(--rule); padding: .1rem .5rem; text-align: left; overflow-wrap: break-word }
.n { text-align: right; white-space: nowrap }
th button { all: unset; cursor: pointer; text-decoration: underline dotted }
th button:focus-visible { outline: auto }
[aria-sort=ascending]::after { content: " \\25b2" }
[aria-sort=descending]::after { content: " \\25bc" }
.bad { background: light-dark(#fdecea, #3b1512) }
.off { background: light-dark(#f1f1f1, #2a2a2a) }
[data-is=Origin] { min-width: 9rem }
[data-is=Actions] { white-space: nowrap }
[data-is=Actions] button { font-size: .85em; padding: 0 .4em }
[hidden] { display: none !important }
@media (width < 60rem) {
  table, tbody { display: block }
  thead tr { display: flex; flex-wrap: wrap; gap: .5rem }
  th { border: 0; padding: 0 }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); padding: .5rem 0;
    border-top: thin solid }
  td, td.n { border: 0; text-align: left; white-space: normal; min-width: 0 }
  td::before { content: attr(data-is) " "; font-size: .85em }
  [data-is=State], [data-is="Last error"] { grid-column: 1 / -1 }
}
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
<dialog id="ask" aria-labelledby="question">
<p id="question"></p>
<button id="no">Cancel</button>
<button id="yes"></button>
</dialog>
<script nonce="NONCE">
const { live, filter, forget, news, about, everywhere, totals, charts, counts, ask, question, no, yes } = window
let shown

const say = (text) => { if (news.textContent !== text) news.textContent = text }
const number = (value) => value == null ? '-' : value.toLocaleString('en')
const ms = (value) => value == null ? '-' : value < 1e4 ? number(value) + ' ms' : number(value / 1000) + ' s'
const since = (s) => s < 100 ? s + ' s' : s < 6000 ? Math.round(s / 60) + ' min' : Math.round(s / 3600) + ' h'
// What failed now may have been sent earlier.
const part = ({ errors, requests }) => errors && errors / Math.max(errors, requests)
const failed = ({ recent }) => recent.errors ? recent.errors + ' (' + Math.ceil(100 * part(recent)) + ' %)' : '0'
const make = (tag, attributes, ...inside) => {
  const element = document.createElement(tag)
  for (const name in attributes) element.setAttribute(name, attributes[name])
  element.append(...inside)
  return element
}
const fill = (list, figures) => list.replaceChildren(...Object.entries(figures).map(([name, value]) =>
  make('div', {}, make('dt', {}, name.replaceAll('_', ' ')), make('dd', {}, value))))

// Charts: five minutes from left to right, from 0 up to the next round number.
const ceiling = (values) => {
  const most = Math.max(1, ...values)
  const ten = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].find((times) => times * ten >= most) * ten
}
const line = (values, top, color, x, y) => '<path class="' + color + '" d="' + values.map((value, i) =>
  value === null ? '' : (i && values[i - 1] !== null ? 'L' : 'M') + x(i) + ' ' + y(value / top) + 'h.1').join('') + '"/>'
const label = (x, y, text) => '<text x="' + x + '" y="' + y + '" text-anchor="end">' + text + '</text>'
const chart = (lines) => {
  const names = Object.keys(lines)
  const top = ceiling(Object.values(lines).flat())
  return '<figure><figcaption>' + names.map((name, i) => '<b class="' + 'ab'[i] + '">' + name + '</b>').join(', ') +
    '</figcaption><svg viewBox="0 0 350 100" role="img" aria-label="' + names.map((name) => name + ' now ' +
      number(lines[name].at(-1)) + ', at most ' + number(Math.max(...lines[name]))).join('; ') + ' in 5 minutes">' +
    '<path d="M44 5V82H345M44 5h-3M44 43.5h-3"/>' +
    label(38, 9, top) + label(38, 47, top / 2) + label(38, 86, 0) + label(96, 97, '5 min ago') + label(345, 97, 'now') +
    names.map((name, i) => line(lines[name], top, 'ab'[i], (at) => 46 + 5 * at, (share) => 82 - 77 * share)).join('') +
    '</svg></figure>'
}

// Tables. A column is its title, what it is sorted by, and what it shows where that is something else: text, or
// nothing if it has filled the cell. A table is sorted by the column of this number.
const table = (id, columns, by, order) => {
  let rows
  const titles = columns.map(([title, value], i) => {
    const button = make('button', {}, title)
    button.onclick = () => {
      order = by === i ? -order : rows[0] && typeof value(rows[0]) === 'string' ? 1 : -1
      by = i
      drawRows(rows)
    }
    return make('th', { role: 'columnheader' }, title === 'Actions' ? title : button)
  })
  const head = make('tr', { role: 'row' }, ...titles)
  const body = make('tbody', { role: 'rowgroup' })
  window[id].append(make('thead', { role: 'rowgroup' }, head), body)
  const rowOf = {}
  const drawRows = (given) => {
    rows = given
    const drawn = rows.map((row) => {
      const tr = rowOf[row.pool + ' ' + row.name] ??= make('tr', { role: 'row' },
        ...columns.map(([title]) => make('td', { role: 'cell', 'data-is': title })))
      tr.className = row.ejected || row.recent?.errors ? 'bad' : row.drained ? 'off' : ''
      columns.forEach(([, value, show = value], i) => {
        const td = tr.cells[i]
        const shown = show(row, td)
        if (shown === undefined) return
        const text = typeof shown === 'string' ? shown : number(shown)
        if (td.textContent !== text) td.textContent = text
        td.className = head.cells[i].className = text === '-' || text > '' && text[0] <= '9' ? 'n' : ''
      })
      tr.hidden = !tr.textContent.toLowerCase().includes(filter.value.toLowerCase())
      return [columns[by][1](row) ?? -1, tr]
    })
    drawn.sort(([a], [b]) => (a < b ? -1 : a > b) * order)
    columns.forEach((_, i) => head.cells[i].ariaSort = i !== by ? null : order > 0 ? 'ascending' : 'descending')
    if (drawn.every(([, tr], i) => body.rows[i] === tr)) return
    // What is moved loses the focus.
    const focused = document.activeElement
    body.replaceChildren(...drawn.map(([, tr]) => tr))
    focused.focus()
  }
  return drawRows
}
const trouble = ({ ejected, drained, recent }) =>
  ejected ? 3 : recent.errors ? 1 + part(recent) : drained ? 1 : recent.p99Ms / 1e5
const sparkline = ({ latency, top }, td) => {
  td.innerHTML = '<svg width="120" height="22" role="img" aria-label="now ' + ms(latency.trail.at(-1)) + ' of ' + top +
    '"><path d="M0 21H120"/>' + line(latency.trail, top, 'a', (at) => 2 * at, (share) => 21 - 20 * share) + '</svg>'
}
const RATE = ['Requests/s', (row) => row.recent.requestsPerSecond]
const P50 = ['p50', (row) => row.recent.p50Ms, (row) => ms(row.recent.p50Ms)]
const P99 = ['p99', (row) => row.recent.p99Ms, (row) => ms(row.recent.p99Ms)]
const drawOrigins = table('origins', [
  ['Pool', (row) => row.pool],
  ['Origin', (row) => row.name],
  ['State', trouble, (row) => row.state],
  RATE,
  ['Errors', (row) => row.recent.errors, failed],
  P50,
  P99,
  ['In flight', (row) => row.inFlight],
  ['Weight', (row) => row.weight, (row) => row.weight + (row.priority && ', priority ' + row.priority)],
  ['Last error', (row) => row.lastError ?? ''],
  ['Latency', (row) => row.latency.trail.at(-1), sparkline],
  ['Actions', () => 0, (row, td) => offer(row, td)],
], 2, -1)
const drawRoutes = table('routes', [
  ['Route', (row) => row.name],
  ['Pool', (row) => (row.pool ?? '') + (row.canary ? ', ' + row.canary.percent + ' % to ' + row.canary.pool : '')],
  RATE,
  ['Errors', trouble, failed],
  P50,
  P99,
  ...['2xx', '3xx', '4xx', '5xx'].map((code) => [code, (row) => row[code]]),
], 3, -1)
const drawPools = table('pools', [
  ['Pool', (row) => row.name],
  ['Policy', (row) => row.balance],
  ...['requests', 'hedges', 'retries'].map((key) => [key, (row) => row[key]]),
  ['hedge budget', (row) => Math.floor(row.hedgeBudget)],
  ['retry budget', (row) => Math.floor(row.retryBudget)],
], 0, 1)
const draw = ({ pools, routes }) => {
  const top = ceiling(pools.flatMap((pool) => pool.origins.flatMap((row) => row.latency.trail)))
  window.origins.rows[0].cells[10].firstChild.textContent = 'Latency, 0 to ' + ms(top)
  drawOrigins(pools.flatMap((pool) => pool.origins.map((row) => ({ ...row, pool: pool.name, top }))))
  drawRoutes(routes)
  const sum = (pool, key) => pool.origins.reduce((all, one) => all + one[key], 0)
  drawPools(pools.map((pool) => ({ ...pool, hedges: sum(pool, 'hedges'), retries: sum(pool, 'retries') })))
}

// Buttons, each with a question first.
const HERE = ' In the one isolate that answers, until it ends; others go on as before.'
const onConfirmed = (button, action, names, text) => button.onclick = () => {
  question.textContent = text
  yes.textContent = button.textContent
  yes.onclick = async () => {
    ask.close()
    const response = await fetch('PATH/' + action + '?' + new URLSearchParams(names), { method: 'POST' })
    refresh((response.ok ? 'Done: ' + text.split('?')[0] : (await response.json()).message) + '. ')
  }
  ask.showModal()
}
const offer = ({ pool, name, drained, ejected, weight }, td) => {
  if (!td.firstChild) td.append(make('button'), ' ', make('button'))
  const [drain, eject] = td.children
  const put = (button, word, what, possible) => {
    const label = word + ' ' + name + ' of ' + pool
    button.hidden = !possible
    if (button.ariaLabel === label) return
    button.textContent = word
    button.ariaLabel = label
    onConfirmed(button, word.toLowerCase(), { pool, origin: name }, label + '?' + what + HERE)
  }
  if (drained) put(drain, 'Undrain', ' It gets its share again.', weight)
  else put(drain, 'Drain', ' It gets no further request; those under way end.', true)
  put(eject, 'Eject', ' It is left alone for a while, then one request tries it.', !drained && !ejected)
}
onConfirmed(forget, 'forget', {}, 'Forget all keys? The verifier is asked again about each.')
no.onclick = () => ask.close()

// The report.
const show = (report) => {
  const { recent, keys, refusals } = report
  const moved = shown && shown.since !== report.since
  shown = report
  about.textContent = 'Version ' + report.version + ', configuration ' + report.configuration +
    '. This isolate alone, up ' + since(report.uptimeSeconds) +
    ': requests/s of the last 10 s, errors and latency of the last minute.'
  fill(totals, { 'Requests/s': number(recent.requestsPerSecond), Errors: failed(report), p50: ms(recent.p50Ms),
    p99: ms(recent.p99Ms), 'In flight': number(recent.inFlight), 'Keys known': number(keys.good),
    'Limits hit': number(recent.limitsHit) })
  const { requestsPerSecond, errorsPerSecond, p50Ms, p99Ms, inFlight } = report.charts
  charts.innerHTML = chart({ 'Requests/s': requestsPerSecond, '5xx/s': errorsPerSecond }) +
    chart({ 'p50, ms': p50Ms, 'p99, ms': p99Ms }) + chart({ 'In flight': inFlight })
  draw(report)
  const figures = { ...refusals }
  for (const key in keys) figures['keys ' + key] = keys[key]
  for (const { name, ...results } of report.shadows)
    for (const key in results) figures['shadow of ' + name + ' ' + key] = results[key]
  fill(counts, figures)
  if (moved) tell('Another isolate answers now. ')
  return report.pools.flatMap((pool) => pool.origins)
    .filter((one) => one.ejected).map((one) => one.name + ' is ejected. ').join('')
}
// What happened once is said for ten seconds.
let said = ''
const tell = (text) => {
  said = text
  setTimeout(() => { if (said === text) said = '' }, 10000)
}
// A report that was asked for before the latest is not shown after it.
let asked = 0, latest = 0
const refresh = async (did) => {
  const turn = ++asked
  const report = await fetch('PATH/json').then((response) => response.json()).catch(() => {})
  if (turn < latest) return
  latest = turn
  if (did) tell(did)
  const events = report ? show(report) : 'No answer'
  say(said + events)
}
const addUp = async () => {
  const text = await (await fetch('PATH/metrics?all')).text()
  const sum = (pattern) => number([...text.matchAll(pattern)].reduce((all, [, one]) => all + Number(one), 0))
  everywhere.textContent = 'All isolates, ' + sum(/^gateway_isolates (.+)$/gm) + ' within the last minute: ' +
    sum(/^gateway_requests_total.+ (.+)$/gm) + ' requests, ' + sum(/^gateway_requests_total.+"5xx"} (.+)$/gm) +
    ' errors, ' + sum(/^gateway_refusals_total.+"rate_limited"} (.+)$/gm) + ' limits hit.'
}
filter.oninput = () => draw(shown)
const loop = async (turn) => {
  setTimeout(loop, 2000, turn + 1)
  if (live.checked) await refresh()
  if (live.checked && turn % 5 === 0 && shown?.allIsolates) await addUp()
}
loop(0)
</script>`;
