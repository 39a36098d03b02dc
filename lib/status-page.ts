/**
 * The operator's page: one HTML document that asks for the JSON every two seconds and draws it.
 *
 * Promises to load nothing but that JSON, enforced by its own Content-Security-Policy; every text is escaped, since names
 * come from a configuration that a program may have written; light or dark as the system is; cards that wrap on a phone;
 * headings, lists and pictures that a screen reader can name. New figures are not read out, an ejection is; a box
 * stops the refresh (WCAG 2.2.2). It says that the figures are of one isolate, and when another one answers.
 * Rejected: drawing on the server, which would spend the Worker's time and send four times the bytes each two seconds.
 */

/** The policy for the page with this nonce. */
export function pagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** The page for the operator's path; `nonce` is a fresh one for each answer. */
export function statusPage(path: string, nonce: string): string {
  return PAGE.replaceAll('NONCE', nonce).replaceAll('PATH', path);
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gateway status</title>
<style nonce="NONCE">
:root { color-scheme: light dark; font: 15px/1.5 system-ui; background: Canvas }
body { max-width: 76rem; margin: auto; padding: 1rem }
section { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)) }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 }
article { border: thin solid GrayText; border-radius: .5rem; padding: .5rem 1rem; overflow-wrap: anywhere }
h3, p, dd { margin: 0 }
dt { font-size: .85em }
a { margin-left: 1rem }
svg { width: 100%; height: 4rem; fill: none; stroke: LinkText; stroke-width: 3; stroke-linecap: round; border-bottom: thin solid GrayText }
</style>
<main>
<h1>Gateway status</h1>
<label><input type="checkbox" id="live" checked> Refresh</label>
<a href="PATH/plan">Configuration</a> <a href="PATH/json">JSON</a> <a href="PATH/metrics">Metrics</a>
<p id="scope"></p>
<mark id="news" role="status"></mark>
<div id="figures"></div>
</main>
<script nonce="NONCE">
const { live, scope, news, figures } = window
const safe = (text) => String(text).replace(/[&<]/g, (c) => '&#' + c.charCodeAt() + ';')
const card = (one, name, more = '') => '<article><h3>' + safe(name) + '</h3>' + more + '<dl>' + Object.entries(one).map(([key, value]) =>
  typeof value === 'number' && !/ForMs/.test(key) ? '<div><dt>' + key.replace(/[A-Z_]/g, (c) => c === '_' ? ' ' : ' ' + c.toLowerCase()) + '<dd>' + value.toLocaleString('en', { maximumFractionDigits: 0 }) + '</div>' : '').join('') + '</dl></article>'
const section = (title, cards) => '<h2>' + safe(title) + '</h2><section>' + cards.join('') + '</section>'
const origin = (one, top, all) => {
  const seen = one.latency.trail.filter((ms) => ms !== null)
  return card({ 'share %': 100 * one.requests / all || 0, ...one }, one.name, (one.ejected ? '<mark>Left out: ' + safe(one.reason) + '. Next: ' + (one.reason === 'health check' ? 'a good check' : 'one request on trial in ' + Math.ceil(one.ejectedForMs / 1000) + ' s') + '</mark>' : '') +
    '<svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Latency"><path vector-effect="non-scaling-stroke" d="' +
    one.latency.trail.map((ms, i) => ms === null ? '' : (one.latency.trail[i - 1] != null ? 'L' : 'M') + (i * 5 + 2) + ' ' + (57 - 54 * ms / top) + 'h0').join('') +
    '"/></svg><p>' + (seen.length ? Math.min(...seen) + ' to ' + Math.max(...seen) + ' ms in 5 minutes' : 'Nothing sent'))
}
const sum = (list) => list.reduce((all, one) => all + one.requests, 0)
const show = (report) => {
  const origins = report.pools.flatMap((pool) => pool.origins)
  const out = origins.filter((one) => one.ejected).map((one) => one.name)
  const top = Math.max(1, ...origins.flatMap((one) => one.latency.trail))
  const text = out.length ? 'Left out: ' + out.join(', ') : ''
  if (news.textContent !== text) news.textContent = text
  scope.textContent = 'Figures of this isolate alone, which began at ' + new Date(report.since).toLocaleString() + '. Others keep their own.'
  figures.innerHTML = report.pools.map((pool) => section('Pool ' + pool.name, [...pool.origins.map((one) => origin(one, top, sum(pool.origins))), card(pool, 'Policy ' + pool.balance)])).join('') +
    section('Routes', report.routes.map((one) => card(one, one.name))) + section('Keys and refusals', [card(report.keys, 'Key cache'), card(report.refusals, 'Refusals')])
}
const refresh = async () => {
  if (live.checked) await fetch('PATH/json').then((response) => response.json()).then(show).catch(() => { scope.textContent = 'No answer' })
  setTimeout(refresh, 2000)
}
refresh()
</script>`;
