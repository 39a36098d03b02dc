/**
 * A real browser for the tests that need one: Debian's chromium, driven by playwright-core, which does not include one.
 * Without it those tests are skipped, with a message that explains how to get it.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { words } from './words.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why the browser tests cannot run; false if they can. */
export const NO_BROWSER: string | false = existsSync(CHROMIUM)
  ? false
  : `no browser at ${CHROMIUM} (Debian: apt-get install chromium; elsewhere set CHROMIUM)`;

// Disables chromium's own traffic: updates, variations, look-ups of its vendor's hosts.
const FLAGS = words`
  --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
  --disable-component-update --disable-sync
`;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}
