/** correlation-id to `correlationId`. */
import { BOOL, TEXT, oneOf, shape } from '../checks.ts';
import { configOf, type Carried } from './entry.ts';

const GENERATORS = new Map<unknown, 'uuid' | 'counter' | 'tracker'>([
  ['uuid', 'uuid'],
  ['uuid#counter', 'counter'],
  ['tracker', 'tracker'],
]);

export const CORRELATION_ID: Carried = {
  fate: 'carried',
  priority: 100_001,
  why: '`correlationId`; numbers count in each isolate',
  config: shape({
    header_name: TEXT,
    generator: oneOf('uuid', 'uuid#counter', 'tracker'),
    echo_downstream: BOOL,
  }),
  atTop: true,
  ignoresConsumer: true,
  map: (plugin) => {
    const { header_name: header, generator, echo_downstream: echo } = configOf(plugin);
    return {
      correlationId: {
        header: typeof header === 'string' ? header : 'Kong-Request-ID',
        generator: GENERATORS.get(generator) ?? 'counter',
        ...(echo === true ? { echo: true } : {}),
      },
    };
  },
};
