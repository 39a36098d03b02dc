// itty-router's Router and a fetch, one origin: the framework has no balancer.
import { Router } from 'itty-router';

const router = Router();
router.all('*', (request) => fetch(ORIGINS[0] + request.url.slice(request.url.indexOf('/', 8)), request));

export default router;
