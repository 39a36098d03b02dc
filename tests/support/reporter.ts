/**
 * The output of `npm test`: a line for each file as it ends, each failure in full, and last the numbers of passed,
 * failed and skipped, in the format that CI reads. tap's own reporters either redraw the terminal or end with a line in
 * another format.
 */
import { Transform } from 'node:stream';
import { Parser, type Result } from 'tap-parser';

interface Report {
  readonly write: (line: string) => void;
  passed: number;
  failed: number;
  skipped: number;
}

export default class Reporter extends Transform {
  constructor() {
    const parser = new Parser();
    super({
      transform: (chunk, _, done) => void parser.write(String(chunk), done),
      flush: (done) => {
        parser.once('complete', () => done(null, summary(report)));
        parser.end();
      },
    });
    const report: Report = {
      write: (line) => void this.push(`${line}\n`),
      passed: 0,
      failed: 0,
      skipped: 0,
    };
    parser.on('child', (file) => follow(file, file.name, report));
    parser.on('assert', (file: Result) => {
      // A file may fail without a failed assertion: it throws, or takes too long.
      if (!file.ok && report.failed === 0) report.failed++;
      report.write(`${file.ok ? 'ok  ' : 'FAIL'} ${file.name} ${Math.round(file.time ?? 0)} ms`);
    });
  }
}

function summary({ passed, failed, skipped }: Report): string {
  return `\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;
}

/** Counts assertions at any depth, and writes the failed ones. */
function follow(test: Parser, path: string, report: Report): void {
  test.on('child', (inner) => follow(inner, `${path}: ${inner.name}`, report));
  test.on('assert', (result: Result) => {
    const { ok, name, skip, todo, closingTestPoint, diag } = result;
    if (skip || todo) {
      report.skipped++;
      report.write(`     skipped: ${path}: ${name} (${String(skip || todo)})`);
    } else if (ok && !closingTestPoint) report.passed++;
    // The end of a failed test adds nothing to its assertions.
    if (ok || closingTestPoint) return;
    report.failed++;
    report.write(`FAIL ${path}: ${name}`);
    const { diff, found, wanted, stack } = (diag ?? {}) as Record<string, unknown>;
    for (const detail of [diff ?? { found, wanted }, stack])
      if (detail !== undefined)
        report.write(typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2));
  });
}
