/** What `status` may be: where the operator looks, and what opens it. */
import { hidden, matching, shape } from './validate.ts';

export const checkStatus = shape({
  path: matching(/^(\/[\w.~-]+)+$/, 'a path like "/status"'),
  token: hidden(matching(/^[\x21-\x7e]{8,}$/, 'a text of at least 8 characters without spaces')),
});
