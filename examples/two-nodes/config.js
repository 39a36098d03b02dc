/**
 * The configuration: all that most users ever edit.
 *
 * `origins` are the servers behind the load balancer. docs/configuration.md describes every setting, with its default,
 * unit and trade-off. A few to begin with:
 *
 *   auth         { verify: { url: 'https://api.example.com/keys/{key}' } } accepts only callers with a valid API key
 *   rateLimit    { minute: 60 } limits the requests of one caller
 *   routes       [{ paths: ['/v1'], pool: 'blue' }] sends different requests to different pools
 *
 * A binding named GATEWAY_CONFIG (a JSON object, or JSON text) replaces this object as a whole.
 * An error in it stops the script from starting, and is reported with its location.
 *
 * @type {import('edge-gateway').Config} for editors: if the package is installed, they complete and validate it.
 */
const CONFIG = {
  pools: {
    default: {
      origins: ['https://api.justyy.com', 'https://api.steemyy.com'],
      // Uses the origin that is likely to answer first; 'race' asks all at once and uses the first good response.
      balance: 'adaptive',
    },
  },
  // The tutorial's response headers. Remove what you do not need: without these two settings nothing is added.
  // Any web page may read the responses, without credentials.
  cors: {},
  responseHeaders: {
    // Which origin responded, and the caller's country.
    origin: 'Origin',
    country: 'Country',
    // For responses without freshness headers of their own that are the same for every caller.
    cacheControl: 'max-age=3',
    // The version that the origins run: each is asked once a minute, in the background.
    version: {},
  },
};
