/**
 * The configuration: all that most people ever edit.
 *
 * `origins` are the servers behind the load balancer. docs/configuration.md has every setting, with its default, unit and
 * trade-off. A few to begin with:
 *
 *   balance      of a pool: "adaptive" (default) asks the origin that is likely to answer first, "race" asks all of them at
 *                once and takes the first good answer
 *   auth         { verify: { url: 'https://api.example.com/keys/{key}' } } lets only callers with a good API key in
 *   rateLimit    { minute: 60 } caps what one caller may send
 *   routes       [{ paths: ['/v1'], pool: 'blue' }] sends different requests to different pools
 *   cors, stamp  response headers for browsers, and those that name the origin, its version and the caller's country
 *
 * A binding named GATEWAY_CONFIG (a JSON object, or JSON text) replaces this object as a whole.
 * A mistake in it stops the script from starting, and is told with its place.
 */
const CONFIG = {
  pools: {
    default: {
      origins: ['https://api.justyy.com', 'https://api.steemyy.com'],
      balance: 'race',
    },
  },
};
