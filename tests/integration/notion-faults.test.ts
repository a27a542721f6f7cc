import { expect, it } from 'vitest';
import { documentBlocks } from '../../lib/adapters/notion/document-blocks';
import type { StructuredDocument } from '../../lib/domain/document';
import { SECOND } from '../helpers/clock';
import { accountPage, type NotionTestDesk, openNotionDesk } from '../helpers/notion-desk';
import type { NotionFault } from '../helpers/notion-server';
import type { NotionBase } from '../helpers/notion-shapes';
import { createRandom } from '../helpers/random';

const FAULTS: readonly [NotionFault, ...NotionFault[]] = [
  { effect: 'after', status: 500 },
  { effect: 'after', status: 504 },
  { effect: 'after', status: 'drop' },
  { effect: 'before', status: 502 },
  { effect: 'before', status: 'drop' },
];
const MAKES = /^(POST \/v1\/pages|PATCH \/v1\/blocks.*)$/;

const document: StructuredDocument = {
  title: '',
  sections: Array.from({ length: 3 }, (_, section) => ({
    heading: `Section ${section}`,
    blocks: [{ kind: 'bullets', items: Array.from({ length: 120 }, (_, item) => `${section}.${item}`) }],
  })),
};

/** By its external id; a page in the trash does not count. */
function byId(base: NotionBase): string[] {
  return base.rows
    .filter(({ inTrash }) => !inTrash)
    .map(
      (row) =>
        (row.values['Headroom ID'] as unknown as { rich_text: { plain_text: string }[] }).rich_text[0]?.plain_text ??
        '',
    )
    .sort();
}

it.each([1, 2, 3])(
  'makes every page once and writes all of it, whatever becomes of the requests (%i)',
  async (seed) => {
    const random = createRandom(seed);
    // Notion shows by its queries what it has made a while later.
    let desk: NotionTestDesk = await openNotionDesk({ server: { queryLagMs: 20 * SECOND } });
    const rows = ['a', 'b', 'c', 'd'].map((id) => desk.notion.addRow(desk.accounts, accountPage(id)));
    await desk.choose();
    const parentPageId = desk.notion.addPage('Customer success');
    const base = async (target: 'expansion' | 'review') => {
      const { targets } = await desk.runtime.notion.desk.chooseTarget(target, { parentPageId });
      return desk.notion.base(targets[target]?.id ?? '') as NotionBase;
    };
    const [expansion, reviews] = [await base('expansion'), await base('review')];
    await desk.pull();
    desk.notion.decide((operation) => (MAKES.test(operation) && random.chance(0.5) ? random.pick(FAULTS) : null));
    for (const id of ['q1', 'q2']) {
      const page = { reviewId: id, accountId: 'a', title: id, document };
      await desk.runtime.notion.publishers.reviews
        .publish(page, { signal: AbortSignal.abort() })
        .catch(() => undefined);
    }
    for (let round = 0; round < 150; round += 1) {
      await desk.runtime.notion.tell();
      if ((await desk.runtime.notion.desk.overview()).push.waiting === 0) break;
      if (random.chance(0.04)) desk = await desk.restart();
      desk.clock.advance(random.whole(2, 25) * SECOND);
      // What failed often enough waits for a person.
      if (round % 30 === 29) await desk.runtime.notion.desk.mend();
    }
    desk.notion.decide(null);
    for (let round = 0; round < 4; round += 1) {
      await desk.runtime.notion.desk.mend();
      desk.clock.advance(3_600 * SECOND);
      await desk.runtime.notion.tell();
    }

    expect((await desk.runtime.notion.desk.overview()).push).toMatchObject({ waiting: 0, failed: 0, problem: null });
    const { items } = await desk.runtime.reads.listOpportunities({});
    expect(items.length).toBeGreaterThanOrEqual(rows.length);
    expect(byId(expansion)).toEqual(items.map(({ id }) => `opportunity:${id}`).sort());
    expect(new Set(byId(reviews)).size).toBe(2);
    expect(byId(reviews)).toHaveLength(2);
    const wanted = documentBlocks(document, { deskUrl: null }).map((block) => JSON.stringify(block));
    for (const { blocks } of reviews.rows) expect(blocks.map((block) => JSON.stringify(block))).toEqual(wanted);
    expect(desk.notion.violations).toEqual([]);
    await desk.close();
  },
);
