/**
 * Runs the same tests on both releases of workerd, because their HTTP parsers differ; concurrently, since most of the
 * time is spent waiting for responses or for their absence.
 */
import t from 'tap';

type Tap = typeof t;
export type Workerd = 'nov' | 'jul';

export function onBothReleases(tests: (t: Tap, workerd: Workerd) => Promise<void> | void): void {
  void t.test('on both releases', { jobs: 2 }, (t) => {
    for (const workerd of ['nov', 'jul'] as const)
      void t.test(`on workerd ${workerd}`, async (t) => tests(t as Tap, workerd));
    t.end();
  });
}
