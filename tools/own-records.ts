/** The records that the gateway makes for itself, and what their fields are called: a build may drop those that nobody reads. */
import { readFileSync } from 'node:fs';
import { Visitor, parseSync } from 'oxc-parser';
import { ROOT } from './paths.ts';

const RECORDS = [
  'call',
  'runtime',
  'state',
  'attempts',
  'journey',
  'probe',
  'pursue',
  'headers',
  'route-table',
];

/** Names of the fields of each of the gateway's own records. */
export function ownRecords(): Set<string>[] {
  return RECORDS.flatMap((room) => {
    const path = `${ROOT}/lib/${room}.ts`;
    const found: Set<string>[] = [];
    new Visitor({
      TSInterfaceBody: ({ body }) =>
        void found.push(
          new Set(
            body.flatMap((one) => ('key' in one && one.key.type === 'Identifier' ? [one.key.name] : [])),
          ),
        ),
    }).visit(parseSync(path, readFileSync(path, 'utf8')).program);
    return found;
  });
}
