/**
 * The operator's page: one HTML document that asks for the JSON every two seconds and draws it.
 *
 * Promises to load nothing but that JSON, enforced by its own Content-Security-Policy; every text is escaped, since names
 * come from a configuration that a program may have written; light or dark as the system is; cards that wrap on a phone;
 * headings, tables and pictures that a screen reader can name. New figures are not read out, an ejection is; "Pause" stops
 * the refresh (WCAG 2.2.2). It says that the figures are of one isolate, and when another one answers.
 * Rejected: drawing on the server, which would spend the Worker's time and send four times the bytes each two seconds.
 */

/** The policy for the page with this nonce. */
export function pagePolicy(nonce: string): string {
  const own = `'nonce-${nonce}'`;
  return `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** The page; `nonce` is a fresh one for each answer. */
export function statusPage(nonce: string): string {
  return PAGE.replaceAll('NONCE', nonce);
}

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gateway status</title>
<style nonce="NONCE">
:root { color-scheme: light dark; font: 15px/1.5 system-ui }
body { max-width: 76rem; margin: auto; padding: 1rem }
section, dl { display: grid; gap: .5rem 1rem; margin: 0; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)) }
dl { grid-template-columns: repeat(auto-fill, minmax(5rem, 1fr)) }
article { border: thin solid GrayText; border-radius: .5rem; padding: .5rem 1rem; overflow-wrap: anywhere }
h3, p, dd { margin: 0 }
dd { font-size: 1.2em }
svg { width: 100%; height: 4rem; fill: none; stroke: LinkText; stroke-width: 2; stroke-linecap: round }
pre { overflow: auto }
</style>
<main>
<h1>Gateway status</h1>
<button id="pause" aria-pressed="false">Pause</button>
<p id="scope"></p>
<p role="status"><mark id="news"></mark></p>
<div id="figures"></div>
<details id="plan"><summary>Configuration, secrets hidden</summary><pre tabindex="0"></pre></details>
</main>
<script nonce="NONCE">
const { pause, scope, news, figures, plan } = window
const safe = (text) => String(text).replace(/[&<]/g, (c) => '&#' + c.charCodeAt() + ';')
const load = (kind) => fetch(location.pathname.replace(/\\/?$/, '/') + kind).then((response) => response.json())
const card = (one, more = '') => '<article><h3>' + safe(one.name) + '</h3>' + more + '<dl>' + Object.entries(one).map(([name, value]) =>
  typeof value === 'number' ? '<div><dt>' + name.replace(/[A-Z_]/g, (c) => c === '_' ? ' ' : ' ' + c.toLowerCase()) + '<dd>' + value.toLocaleString('en') + '</div>' : '').join('') + '</dl></article>'
const section = (title, cards) => '<h2>' + title + '</h2><section>' + cards.join('') + '</section>'
const origin = (one, top) => {
  const seen = one.trail.filter((ms) => ms !== null)
  const said = seen.length ? Math.min(...seen) + ' to ' + Math.max(...seen) + ' ms in 5 minutes' : 'Nothing sent'
  return card(one, (one.ejected ? '<mark>Left out: ' + one.reason + '. Next: ' + one.next + '</mark>' : '') + '<svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label="Latency"><path vector-effect="non-scaling-stroke" d="' +
    one.trail.map((ms, i) => ms === null ? '' : (one.trail[i - 1] != null ? 'L' : 'M') + (i * 5 + 2) + ' ' + (57 - 54 * ms / top) + 'h0').join('') + '"/></svg><p>' + said)
}
const show = (report) => {
  const out = []
  figures.innerHTML = report.pools.map((pool) => {
    const top = Math.max(1, ...pool.origins.flatMap((one) => one.trail))
    for (const one of pool.origins) if (one.ejected) out.push(one.name)
    return section('Pool ' + safe(pool.name), [...pool.origins.map((one) => origin(one, top)), card(pool)])
  }).join('') + section('Routes', report.routes.map((one) => card(one))) + section('Keys and refusals', [card(report.keys), card(report.refusals)])
  const text = out.length ? 'Left out: ' + out.join(', ') : ''
  if (news.textContent !== text) news.textContent = text
  scope.textContent = 'Figures of this isolate alone, which began at ' + new Date(report.since).toLocaleString() + '. Others keep their own.'
}
const refresh = async () => {
  if (pause.ariaPressed !== 'true') await load('json').then(show, () => { scope.textContent = 'No answer' })
  setTimeout(refresh, 2000)
}
pause.onclick = () => { pause.ariaPressed = pause.ariaPressed !== 'true' }
plan.ontoggle = async () => { plan.lastChild.textContent = JSON.stringify(await load('plan'), null, 1) }
refresh()
</script>`;
