/**
 * The configuration: all that most people ever edit.
 *
 * `origins` are the servers behind the load balancer. docs/configuration.md has every setting, with its default, unit and
 * trade-off. A few to begin with:
 *
 *   auth         { verify: { url: 'https://api.example.com/keys/{key}' } } lets only callers with a good API key in
 *   rateLimit    { minute: 60 } caps what one caller may send
 *   routes       [{ paths: ['/v1'], pool: 'blue' }] sends different requests to different pools
 *
 * A binding named GATEWAY_CONFIG (a JSON object, or JSON text) replaces this object as a whole.
 * A mistake in it stops the script from starting, and is told with its place.
 *
 * @type {import('edge-gateway').Config} for editors: where the package is installed they complete and check what is written.
 */
const CONFIG = {
  pools: {
    default: {
      origins: ['https://api.justyy.com', 'https://api.steemyy.com'],
      // Asks the origin that is likely to answer first. 'race' asks all of them at once and takes the first good answer.
      balance: 'adaptive',
    },
  },
  // The tutorial's response headers. Strike out what nobody needs: without these two settings nothing is added.
  // Any web page may read the answers, without credentials.
  cors: {},
  responseHeaders: {
    // Which origin answered, and where the caller is.
    origin: 'Origin',
    country: 'Country',
    // For answers that say nothing of freshness themselves and are the same for everybody.
    cacheControl: 'max-age=3',
    // What the origins run: each is asked once a minute, beside a request.
    version: {},
  },
};
