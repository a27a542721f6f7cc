import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Names what was skipped, and ends the run with one plain line: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    // A file or hook that breaks, and an error outside any test, fail the run as a test does.
    const broken = modules.filter((module) => module.state() === 'failed' && !hasFailedTest(module));
    const counted = inState('failed').length + broken.length + unhandled.length;
    const failed = counted === 0 && reason !== 'passed' ? 1 : counted;
    for (const test of skipped) console.log(`Skipped: ${test.module.relativeModuleId} > ${test.fullName}`);
    const summary = `${inState('passed').length} passed, ${failed} failed`;
    console.log(skipped.length > 0 ? `${summary}, ${skipped.length} skipped` : summary);
  }
}

function hasFailedTest(module: TestModule): boolean {
  return !module.children.allTests('failed').next().done;
}
