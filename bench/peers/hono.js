// hono's proxy() helper with its cors(), one origin: the framework has no balancer.
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { proxy } from 'hono/proxy';

const app = new Hono();
app.use('*', cors());
app.all('*', ({ req }) => proxy(ORIGINS[0] + req.url.slice(req.url.indexOf('/', 8)), req));

export default app;
