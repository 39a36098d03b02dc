// reflare as its README shows it: two origins, chosen at random.
import useReflare from 'reflare';

const upstream = ORIGINS.map((origin) => {
  const { hostname, port } = new URL(origin);
  return { domain: hostname, port: Number(port), protocol: 'http' };
});
const ready = useReflare({
  provider: 'static',
  routeList: [{ path: '/*', upstream, loadBalancing: { policy: 'random' } }],
});

export default {
  async fetch(request) {
    const reflare = await ready;
    return reflare.handle(request);
  },
};
