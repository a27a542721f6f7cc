import { checkMapping, type NotionMapping } from '../adapters/notion/mapping';
import type { NotionApi } from '../adapters/notion/notion-api';
import type { NotionPage, NotionSchema } from '../adapters/notion/notion-objects';
import { readPropertyValue } from '../adapters/notion/property-values';
import { NOTION_SOURCE } from '../db/import-batch';
import type { ImportStore } from '../db/import-store';
import type { KnownNotionPage, NotionPageRow, NotionPages } from '../db/notion-pages';
import { AppError } from '../errors';
import type { RunProgress } from '../ports';
import { issuesInWords, type NotionRow, readNotionRow } from './rows';
import type { NotionConnectionState } from './settings';

export interface PullOptions {
  api: NotionApi;
  connection: NotionConnectionState;
  pages: NotionPages;
  imports: ImportStore;
  /** Names this pull among the others. */
  runId: string;
  now: Date;
  signal: AbortSignal;
  onProgress(progress: RunProgress): Promise<void>;
  /** Whether token and settings are still those that the pull began with. */
  isCurrent(): Promise<boolean>;
  /** Accounts that were gone and are back. */
  onReturned(accountIds: readonly string[]): Promise<void>;
}

export interface PullOutcome {
  full: boolean;
  /** What was edited before was seen. */
  through: Date;
  /** Whether a scan has something to look at. */
  changed: boolean;
}

export type PullCounts = Record<
  'accountsCreated' | 'accountsUpdated' | 'accountsUnchanged' | 'pagesRefused' | 'accountsRetired',
  number
>;

const DAY_MS = 86_400_000;
/** Notion tells times to the minute, and may show a change a little later than it was made. */
const OVERLAP_MS = 2 * 60_000;
/** What was edited longer ago than that was seen, even where clocks differ. */
const SEEN_MS = 3_600_000;
/** Pages looked up one by one in one step, of those that a pull of everything did not see. */
const LOOKED_UP = 50;

/**
 * Reads the accounts database: once a day every page, in between those that were edited. Pages in the trash make their
 * accounts inactive. A page that is no account is reported by its name and address, and stops nothing.
 * @returns null where settings were changed meanwhile: what is left of the pages would come in as was meant before.
 */
export async function pullAccounts(options: PullOptions): Promise<PullOutcome | null> {
  const { api, connection, pages, now, signal } = options;
  const { accounts } = connection.settings;
  if (!accounts) throw notChosen();
  const mapping = currentMapping(connection, await api.readSchema(accounts.id));
  const full =
    connection.fullPullAt === null ||
    connection.pulledThrough === null ||
    now.getTime() - connection.fullPullAt.getTime() >= DAY_MS;
  const editedFrom =
    full || !connection.pulledThrough ? null : new Date(connection.pulledThrough.getTime() - OVERLAP_MS);
  const counts: PullCounts = {
    accountsCreated: 0,
    accountsUpdated: 0,
    accountsUnchanged: 0,
    pagesRefused: 0,
    accountsRetired: 0,
  };
  let through = full ? null : connection.pulledThrough;
  let done = 0;
  // Notion does not say how many there are: what is known of before is the best guess.
  const expected = full ? await pages.count() : 0;
  const report = (errors: RunProgress['errors'], over = false) =>
    options.onProgress({ done, total: over ? done : Math.max(expected, done + 1), counts: { ...counts }, errors });
  const properties = [
    ...new Set([
      'title',
      ...Object.values(mapping).map(({ id }) => id),
      ...Object.values(connection.settings.health ?? {}),
    ]),
  ];

  for await (const batch of api.readRows(accounts.id, { editedFrom, properties })) {
    signal.throwIfAborted();
    if (!(await options.isCurrent())) return null;
    for (const { editedAt } of batch) through = through && through > editedAt ? through : editedAt;
    const errors = await takeIn(
      batch.filter(({ inTrash }) => !inTrash),
      mapping,
      options,
      counts,
    );
    done += batch.length;
    await report(errors);
  }
  if (!full) {
    for await (const batch of api.readRows(accounts.id, { editedFrom, inTrash: true, properties: ['title'] })) {
      signal.throwIfAborted();
      const gone = batch.filter(({ inTrash }) => inTrash).map(({ id }) => id);
      counts.accountsRetired += (await pages.retire(gone, now)).length;
    }
  } else {
    counts.accountsRetired += await retireUnseen(options);
  }
  await report([], true);
  // What was edited while this ran may have been read before: the next pull asks for it again.
  if (through && through > now) through = now;
  // Else everything would be read again where all pages were made in one minute, and none was edited since.
  const seen = new Date(now.getTime() - SEEN_MS);
  if (!through || through < seen) through = seen;
  return { full, through, changed: counts.accountsCreated + counts.accountsUpdated + counts.accountsRetired > 0 };
}

/** The mapping with the names of today. @throws AppError `notion_rejected` naming what the database has no more. */
export function currentMapping(connection: NotionConnectionState, schema: NotionSchema): NotionMapping {
  const { accounts, mapping } = connection.settings;
  if (schema.inTrash) {
    throw new AppError('notion_missing', `The database «${accounts?.title ?? ''}» is in Notion’s trash.`, {
      remedy: 'Restore it in Notion, or choose another in Settings → Notion.',
    });
  }
  const ids = Object.fromEntries(Object.entries(mapping).map(([column, { id }]) => [column, id]));
  const checked = checkMapping(ids, schema.properties);
  const [problem] = checked.problems;
  if (!problem) return checked.mapping;
  const name = mapping[problem.column]?.name;
  const what = name === undefined ? problem.column : `${problem.column} (until now «${name}»)`;
  throw new AppError('notion_rejected', `${what} ${problem.message}`, {
    remedy: 'Correct the mapping in Settings → Notion, or put the property back in Notion.',
  });
}

/** Brings the pages of one batch in. @returns what is to be reported. */
async function takeIn(
  batch: readonly NotionPage[],
  mapping: NotionMapping,
  options: PullOptions,
  counts: PullCounts,
): Promise<RunProgress['errors']> {
  const { pages, imports, now, runId, connection } = options;
  const rows = batch.map((page) => readNotionRow(page, mapping, now));
  const known = await pages.known(
    rows.map(({ page }) => page.id),
    rows.map(({ record }) => record.id),
  );
  const judged = judge(rows, known);
  const accepted = judged.filter(({ refusal }) => refusal === null);
  const live = mapping.observed_at === undefined;
  const again = new Set(accepted.filter(({ returns }) => returns).map(({ row }) => row.record.id));
  const outcome = await imports.applyAccounts(
    accepted.map(({ row }) => row.record),
    now,
    { name: NOTION_SOURCE, live, again },
  );
  const conflicts = new Set(outcome.rejected.map(({ index }) => index));
  const saved = judged.map(({ row, refusal, before }): NotionPageRow => {
    const { page, record, notes } = row;
    const facts = { pageId: page.id, url: page.url, title: page.title, editedAt: page.editedAt };
    const index = accepted.findIndex((each) => each.row === row);
    if (refusal !== null) {
      // The account of a page that was gone may have become another page's.
      const accountId = before?.state === 'gone' ? null : (before?.accountId ?? null);
      return { ...facts, accountId, wantedId: null, state: 'refused', problem: refusal };
    }
    if (conflicts.has(index)) {
      const problem = `The account «${record.id}» came with a file and belongs to files. Take it over in Settings → Notion, or give the page another id.`;
      return { ...facts, accountId: null, wantedId: record.id, state: 'conflict', problem };
    }
    const problem = notes.length === 0 ? null : notes.join(' ');
    return { ...facts, accountId: record.id, wantedId: null, state: 'linked', problem };
  });
  await pages.save(saved, runId, now);
  if (again.size > 0) await options.onReturned([...again]);
  await pages.overwriteHealth(overwritten(rows, saved, connection));
  const refused = saved.filter(({ state }) => state !== 'linked');
  counts.accountsCreated += outcome.created;
  counts.accountsUpdated += outcome.updated;
  counts.accountsUnchanged += outcome.unchanged;
  counts.pagesRefused += refused.length;
  return refused.map(({ title, url, problem, state, wantedId }) => ({
    accountId: wantedId,
    code: state === 'conflict' ? 'other_source' : 'bad_row',
    message: `${title} (${url}): ${problem ?? ''}`,
  }));
}

interface JudgedRow {
  row: NotionRow;
  before: KnownNotionPage | null;
  /** Why it is no account. */
  refusal: string | null;
  /** It was gone, and is back: its account is active again whatever the page says. */
  returns: boolean;
}

/** A page is one account for good, and an account is one page. */
function judge(rows: readonly NotionRow[], known: readonly KnownNotionPage[]): JudgedRow[] {
  const byPage = new Map(known.map((page) => [page.pageId, page]));
  const byAccount = new Map(
    known.flatMap((page) => (page.accountId === null ? [] : [[page.accountId, page] as const])),
  );
  const inBatch = new Map<string, NotionRow>();
  return rows.map((row) => {
    const before = byPage.get(row.page.id) ?? null;
    const { id } = row.record;
    const other = byAccount.get(id);
    const returns = before?.state === 'gone' || other?.state === 'gone';
    if (row.issues.length > 0) return { row, before, returns, refusal: issuesInWords(row.issues) };
    if (before && before.accountId !== null && before.accountId !== id) {
      const refusal = `This page is the account «${before.accountId}», and its id is now «${id}». Put the id back: an account keeps its id.`;
      return { row, before, returns, refusal };
    }
    const twin = inBatch.get(id)?.page;
    const elsewhere = other && other.pageId !== row.page.id && other.state !== 'gone' ? other : null;
    const holder = elsewhere ?? twin;
    if (holder) {
      const refusal = `The account «${id}» is another page already: ${holder.title} (${holder.url}). Give one of the two another id.`;
      return { row, before, returns, refusal };
    }
    inBatch.set(id, row);
    return { row, before, returns, refusal: null };
  });
}

/** Headroom wins for scores: what somebody else wrote there is overwritten. */
function overwritten(
  rows: readonly NotionRow[],
  saved: readonly NotionPageRow[],
  { settings }: NotionConnectionState,
): { accountId: string; digest: string }[] {
  const { health } = settings;
  if (!health) return [];
  return rows.flatMap(({ page }, index) => {
    const { state, accountId } = saved[index] ?? { state: 'refused', accountId: null };
    if (state !== 'linked' || accountId === null) return [];
    const score = readPropertyValue(page.values.get(health.score));
    const rag = readPropertyValue(page.values.get(health.rag));
    if ('problem' in score || 'problem' in rag) return [];
    return [{ accountId, digest: `${String(rag.cell)} ${Math.round(Number(score.cell) * 10)}` }];
  });
}

/** Pages that a pull of everything did not see are looked up one by one: in the trash, gone, or made in between. */
async function retireUnseen({ api, pages, runId, now, signal, connection }: PullOptions): Promise<number> {
  const database = connection.settings.accounts?.id;
  let after = '';
  let inactive = 0;
  for (;;) {
    signal.throwIfAborted();
    const unseen = await pages.unseen(runId, after, LOOKED_UP);
    if (database === undefined) return inactive;
    if (unseen.length === 0) return inactive + (await pages.retireWithoutPage(now));
    const gone: string[] = [];
    for (const { pageId } of unseen) {
      const page = await api.readPage(pageId);
      if (!page || page.inTrash || page.dataSourceId !== database) gone.push(pageId);
    }
    inactive += (await pages.retire(gone, now)).length;
    after = unseen.at(-1)?.pageId ?? '';
  }
}

export function notChosen(): AppError {
  return new AppError('conflict', 'No accounts database is chosen.', {
    remedy: 'Choose it, and check the mapping, in Settings → Notion.',
  });
}
