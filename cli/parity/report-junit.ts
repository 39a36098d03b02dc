/**
 * JUnit XML, which every CI server shows: one test case for each endpoint (method and path), failed where any
 * request to it differed, with the first such exchange told in full.
 *
 * A case for each request was rejected: a recording of a million would make a file that no CI server opens.
 */
import builder from 'junit-report-builder';
import type { Summary } from './report.ts';
import type { Exchange, Tally } from './tally.ts';
import { sentence } from './words.ts';

export function junitReport(summary: Summary, tally: Tally): string {
  const report = builder.newBuilder();
  const suite = report
    .testSuite()
    .name(`parity ${summary.from} ${summary.to}`)
    .timestamp(new Date(summary.startedAt));
  for (const endpoint of tally.endpoints.values()) {
    const test = suite.testCase().className('parity').name(printable(endpoint.name));
    if (endpoint.first === null) continue;
    const message = `${endpoint.different} of ${endpoint.requests} requests differ`;
    test.failure(message, 'difference').stacktrace(printable(told(endpoint.first)));
  }
  if (summary.counts.unanswered > 0) {
    const message = `${summary.counts.unanswered} requests that neither gateway answered`;
    suite
      .testCase()
      .className('parity')
      .name('answered')
      .error(message, 'unanswered', summary.firstUnanswered);
  }
  if (summary.fault !== null)
    suite.testCase().className('parity').name('input').error(summary.fault, 'input');
  if (summary.interrupted) suite.testCase().className('parity').name('finished').skipped();
  return report.build();
}

function told(exchange: Exchange): string {
  const lines = exchange.differences.map((difference) => `  ${sentence(difference)}`);
  return [`${exchange.where}: ${exchange.method} ${exchange.target}`, ...lines].join('\n');
}

/** What XML 1.0 cannot hold at all. */
function printable(text: string): string {
  return text.toWellFormed().replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '\ufffd');
}
