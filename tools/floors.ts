/**
 * The floors of the house, each in reading order. A file imports only from a lower floor: never sideways, never upward,
 * type imports included. The same table orders the chapters of dist/worker.js and draws the picture in the README.
 * A new file takes the lowest floor that lies above everything it imports.
 */
export interface Floor {
  readonly name: string;
  readonly files: readonly string[];
}

export const FLOORS: readonly Floor[] = [
  {
    name: 'ground',
    files: ['config', 'call', 'runtime', 'errors', 'check', 'xxhash', 'path', 'ambiguity', 'cidr'],
  },
  {
    name: 'rules',
    files: [
      'version',
      'load',
      'health',
      'budget',
      'hash-ring',
      'hash-on',
      'pattern',
      'ranks',
      'rewrite',
      'credentials',
      'flights',
      'verify',
      'headers',
      'rate-limit',
      'metrics',
      'prometheus',
      'trace',
      'status-page',
      'check-auth',
      'check-cors',
      'check-rate-limit',
      'check-stamp',
      'check-pool',
      'check-routes',
    ],
  },
  {
    name: 'choices',
    files: ['balance', 'route-table', 'cors', 'auth-cache', 'body-fields', 'answers', 'check-config', 'log'],
  },
  { name: 'memory', files: ['routes', 'state', 'checks', 'journey', 'pool-report'] },
  { name: 'steps', files: ['admit', 'judge', 'report'] },
  { name: 'moves', files: ['attempts', 'operator'] },
  { name: 'sends', files: ['upstream', 'probe'] },
  { name: 'journeys', files: ['race', 'forward', 'shadow'] },
  { name: 'front door', files: ['worker'] },
];

/** The path of a room's file: `worker` stands at the top, all others in lib. */
export function fileOf(room: string): string {
  return room === 'worker' ? 'worker.ts' : `lib/${room}.ts`;
}

/** The floor of a room, -1 for one that the table does not know. */
export function floorOf(room: string): number {
  return FLOORS.findIndex((floor) => floor.files.includes(room));
}
