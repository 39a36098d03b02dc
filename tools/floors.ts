/**
 * The floors of the house. A file imports only from a lower floor: never sideways, never upward, type imports included.
 * The same table orders the chapters of dist/worker.js and draws the picture in the README.
 * A new file takes the lowest floor that lies above everything it imports.
 */
export const FLOOR_NAMES = [
  'ground',
  'rules',
  'choices',
  'turns',
  'judgement',
  'moves',
  'memory',
  'steps',
  'journeys',
  'afterwards',
  'front door',
] as const;

/** Each room's floor; rooms of one floor in the order in which a reader should meet them. */
const ROOMS: Readonly<Record<string, number>> = {
  config: 0,
  runtime: 0,
  errors: 0,
  check: 0,
  pointer: 0,
  'left-out': 0,
  xxhash: 0,
  moment: 0,
  path: 0,
  cidr: 0,
  prometheus: 0,
  caller: 1,
  pattern: 1,
  ranks: 1,
  rewrite: 1,
  headers: 1,
  version: 1,
  load: 1,
  health: 1,
  budget: 1,
  'hash-ring': 1,
  credentials: 1,
  flights: 1,
  verify: 1,
  trace: 1,
  'reported-load': 1,
  metrics: 1,
  'status-page': 1,
  'check-auth': 1,
  'check-rate-limit': 1,
  'check-stamp': 1,
  'check-origin': 1,
  'check-balance': 1,
  'check-kong': 1,
  'check-status': 1,
  'kong-answers': 1,
  call: 2,
  'route-table': 2,
  cors: 2,
  answers: 2,
  balance: 2,
  'auth-cache': 2,
  'body-fields': 2,
  'check-cors': 2,
  'check-pool': 2,
  routes: 3,
  'https-only': 3,
  'check-route': 3,
  identity: 3,
  body: 3,
  checks: 3,
  'hash-on': 3,
  canary: 3,
  'rate-limit': 3,
  'kong-headers': 3,
  'host-asked': 3,
  nameless: 3,
  journey: 3,
  'pool-report': 3,
  log: 3,
  defect: 3,
  spoilt: 3,
  'for-one': 1,
  'check-config': 4,
  judge: 4,
  attempts: 5,
  probe: 6,
  state: 6,
  upstream: 6,
  'open-call': 7,
  'finish-call': 7,
  admit: 7,
  pursue: 7,
  report: 7,
  race: 8,
  forward: 8,
  operator: 8,
  shadow: 9,
  worker: 10,
};

export interface Floor {
  readonly name: string;
  readonly files: readonly string[];
}

export const FLOORS: readonly Floor[] = FLOOR_NAMES.map((name, floor) => ({
  name,
  files: Object.keys(ROOMS).filter((room) => ROOMS[room] === floor),
}));

/** The path of a room's file: `worker` stands at the top, all others in lib. */
export function fileOf(room: string): string {
  return room === 'worker' ? 'worker.ts' : `lib/${room}.ts`;
}

/** The floor of a room, -1 for one that the table does not know. */
export function floorOf(room: string): number {
  return ROOMS[room] ?? -1;
}
