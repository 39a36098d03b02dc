// The floor: the least that a Worker in front of an API can do.
addEventListener('fetch', (event) => {
  const { request } = event;
  event.respondWith(fetch(ORIGINS[0] + request.url.slice(request.url.indexOf('/', 8)), request));
});
