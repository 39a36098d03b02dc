/** Tests that need a browser share one; each opens its own context. */
import type { Browser } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchBrowser, NO_BROWSER } from '../support/browser.ts';

let launched: Promise<Browser> | null = null;

export function sharedBrowser(): Promise<Browser> {
  if (launched === null) {
    launched = launchBrowser();
    t.teardown(async () => (await launched)?.close());
  }
  return launched;
}

/** Skipped where there is no browser. */
export function inBrowser(name: string, test: (t: Test) => Promise<void>): void {
  void t.test(name, { skip: NO_BROWSER }, test);
}
