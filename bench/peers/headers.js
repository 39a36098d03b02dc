// The floor with nine headers added, four to the origin and five to the caller, as many as the tutorial's settings and
// CORS add, without any logic.
addEventListener('fetch', (event) => event.respondWith(handleRequest(event.request)));

async function handleRequest(request) {
  const { method, url } = request;
  const path = url.indexOf('/', 8);
  const id = crypto.randomUUID();
  const headers = new Headers(request.headers);
  headers.set('x-forwarded-for', '192.0.2.1');
  headers.set('x-forwarded-proto', 'http');
  headers.set('x-forwarded-host', url.slice(7, path));
  headers.set('x-request-id', id);
  const init = { method, headers, body: request.body, redirect: 'manual' };
  const from = await fetch(ORIGINS[0] + url.slice(path), init);
  const response = new Response(from.body, from);
  response.headers.set('Access-Control-Allow-Origin', '*');
  response.headers.set('Cache-Control', 'max-age=3');
  response.headers.set('Origin', ORIGINS[0]);
  response.headers.set('Version', '{"message":"hello, world!"}');
  response.headers.set('X-Request-Id', id);
  return response;
}
