/** What the cases share: a caller, configurations and observations. */
import { digestOf } from '../support/auth.ts';
import type { Case, Headers, World } from './prove.ts';
import { wait } from './prove.ts';

export const KEY = { apikey: 'good' };
export const ADA = {
  id: '1',
  username: 'ada',
  customId: 'c1',
  credentials: [{ id: 'k1', sha256: digestOf('good') }],
};
/** A configuration in which ADA's key is required. */
export const KEYS = { auth: {}, consumers: [ADA] };
/** One route, to origin a, with these settings; and other settings of the configuration. */
export const routed =
  (settings: object = {}, more: object = {}) =>
  ({ a }: World) => ({ ...more, routes: [{ origins: [a.url], ...settings }] });

const PATH = '/in/x';

export const status =
  (headers: Headers = {}, method = 'GET', body = '', path = PATH): Case['sees'] =>
  async ({ get }) =>
    (await get(path, headers, method, body)).status;
/** Statuses of requests with these headers, in sequence. */
export const statuses =
  (...headers: Headers[]): Case['sees'] =>
  (observer) =>
    observer.statuses(...headers);
export const text: Case['sees'] = async ({ get }) => (await get(PATH)).text;
/** The value of a response header. */
export const answers =
  (name: string, headers: Headers = {}, path = PATH, method = 'GET'): Case['sees'] =>
  async ({ get }) =>
    (await get(path, headers, method)).header(name);
/** The value of a request header that origin a gets. */
export const originSees =
  (name: string, headers: Headers = {}): Case['sees'] =>
  async ({ get, a }) => (await get(PATH, headers), a.received[0]?.header(name));
export const has =
  (sees: Case['sees']): Case['sees'] =>
  async (observer) =>
    (await sees(observer)) !== null;
/** A while after a first request. */
export const later =
  (ms: number, sees: Case['sees']): Case['sees'] =>
  async (observer) => (await observer.get(), await wait(ms), sees(observer));
/** How many lines the gateway has written to the console. */
export const lines: Case['sees'] = async ({ gateway }) => gateway.lines().length;
