import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more: begun last, each would be waited for alone. */
const LONGEST = [
  'e2e/browser-accessibility',
  'e2e/headers',
  'e2e/fuzz',
  'e2e/crash',
  'e2e/access',
  'e2e/scanner',
  'e2e/browser-desk',
  'integration/move',
  'integration/dispatch',
];

/** The longest files first; the rest as vitest has them. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}
