/**
 * A real browser for the tests that need one: Debian's chromium, driven by playwright-core, which brings none of its own.
 * Without it those tests are skipped, and say how to get it.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { words } from './words.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why the browser tests cannot run; false where they can. */
export const NO_BROWSER: string | false = existsSync(CHROMIUM)
  ? false
  : `no browser at ${CHROMIUM} (Debian: apt-get install chromium; elsewhere set CHROMIUM)`;

// Nothing of chromium's own traffic: no updates, no variations, no look-ups of its maker's hosts.
const FLAGS = words`
  --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync
`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}
