/**
 * The operator's page: one HTML document that asks for the JSON every two seconds and draws it.
 *
 * Promises to load nothing but that JSON, by its own Content-Security-Policy; every text is escaped, since names come
 * from a configuration that a program may have written. It is light or dark as the system is and fits a phone; a screen
 * reader is told of ejections, not of new figures, and a box stops the refresh (WCAG 2.2.2). Rejected: drawing on the
 * server, which would spend the Worker's time and send four times the bytes each two seconds.
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
:root { color-scheme: light dark; font: 15px/1.5 system-ui; background: Canvas }
main { max-width: 76rem; margin: auto }
section { display: grid; gap: 1rem; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)) }
article article { border: thin solid GrayText; border-radius: .5rem; padding: .5rem 1rem;
  margin-top: 1rem; overflow-wrap: anywhere }
section article, p, h2, h3, dl, dd { margin: 0 }
article:has(section) { grid-column: 1 / -1 }
h2, h3 { font-size: 1.1em }
dl { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem }
dt { font-size: .85em }
svg { fill: none; stroke: LinkText; stroke-width: 3; stroke-linecap: round; border-bottom: thin solid GrayText }
</style>
<main>
<label><input type="checkbox" id="live" checked> Refresh</label>
<a href="PATH/plan">Configuration</a>
<a href="PATH/json">JSON</a>
<a href="PATH/metrics">Metrics</a>
<mark id="news" role="status"></mark>
<div id="figures"></div>
</main>
<script nonce="NONCE">
const { live, news, figures } = window
const safe = (text) => String(text).replace(/[&<]/g, (c) => '&#' + c.charCodeAt() + ';')
const say = (text) => { if (news.textContent !== text) news.textContent = text }
const chart = (trail, top) => {
  const seen = trail.filter((ms) => ms !== null)
  return '<svg viewBox="0 0 300 60" role="img" aria-label="Latency"><path d="' +
    trail.map((ms, i) => ms === null ? '' :
      (trail[i - 1] != null ? 'L' : 'M') + (i * 5 + 2) + ' ' + (57 - 54 * ms / top) + 'h0').join('') +
    '"/></svg><p>' +
    (seen.length ? Math.min(...seen) + ' to ' + Math.max(...seen) + ' ms in 5 minutes'
      : 'Nothing sent')
}
const view = (name, one, level, top) => {
  name = '<h' + level + '>' + safe(name) + '</h' + level + '>'
  let list = ''
  let more = ''
  for (const [key, value] of Object.entries(one))
    if (key === 'latency') name += chart(value.trail, top)
    else if (Array.isArray(value)) more += '<section>' +
      value.map((each) => view(key.slice(0, -1) + ' ' + each.name, each, level + 1, top)).join('') + '</section>'
    else if (typeof value === 'object') more += view(key, value, level + 1)
    else if (key !== 'name' && key !== 'ejected') list +=
      '<div><dt>' + key.replace(/_|(?=[A-Z])/g, ' ').toLowerCase() + '<dd>' +
      (one.ejected && key === 'state' ? '<mark>' : '') + safe(Math.round(100 * value) / 100 || value) + '</div>'
  return '<article>' + name + '<dl>' + list + '</dl>' + more + '</article>'
}
const show = (report) => {
  const origins = report.pools.flatMap((pool) => pool.origins)
  figures.innerHTML = view('Gateway status', report, 1, Math.max(1, ...origins.flatMap((one) => one.latency.trail)))
  say(origins.filter((one) => one.ejected).map((one) => one.name + ' is ejected. ').join(''))
}
const refresh = async () => {
  if (live.checked)
    await fetch('PATH/json').then((response) => response.json())
      .then(show).catch(() => say('No answer'))
  setTimeout(refresh, 2000)
}
refresh()
</script>`;
