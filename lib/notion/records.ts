import { chunkBlocks, documentBlocks } from '../adapters/notion/document-blocks';
import type { NotionApi } from '../adapters/notion/notion-api';
import type { NotionPage, NotionSchema } from '../adapters/notion/notion-objects';
import {
  HEALTH,
  matchOwnProperties,
  type OwnProperty,
  type OwnValue,
  type PropertyWrites,
  TARGETS,
  type TargetName,
  writeProperties,
} from '../adapters/notion/records';
import type { ExpansionFacts, HealthFacts } from '../db/notion-outbox';
import type { StructuredDocument } from '../domain/document';
import { AppError, isAppError } from '../errors';
import type { NotionSettings } from './settings';

/** A QBR for its database; the same id again is the same page with another content. */
export interface ReviewRecord {
  id: string;
  accountId: string;
  /** `QBR: <account> — <period>`. */
  title: string;
  document: StructuredDocument;
}

/** An alert for the database of health records, with what the desk says of the account when it is told. */
export interface AlertRecord {
  id: string;
  /** Empty where it is about several accounts. */
  accountId: string;
  title: string;
  kind: string;
  level: string;
  /** ISO instant. */
  at: string;
  score: number | null;
  rag: string | null;
  churnRisk: string | null;
  document: StructuredDocument;
}

/** A page as it is to be: in which database, by which id it is found again, and what it says. */
export interface WantedPage {
  target: TargetName;
  externalId: string;
  values: Record<string, OwnValue>;
  document: StructuredDocument | null;
}

/** Names that the properties have today, by the keys they are known by. */
export type PropertyNames = Partial<Record<string, string>>;

/** @throws AppError `notion_rejected` naming what is not there, or of another type. */
export function namesOf(
  properties: Readonly<Record<string, OwnProperty>>,
  schema: NotionSchema,
  known: Readonly<Record<string, string>>,
  needed: readonly string[],
): PropertyNames {
  const { ids, missing, wrong } = matchOwnProperties(properties, schema, known);
  const lost = needed.filter((key) => ids[key] === undefined).map((key) => properties[key]?.name ?? key);
  if (schema.inTrash) {
    throw new AppError('notion_missing', `The database «${schema.title}» is in Notion’s trash.`, {
      remedy: 'Restore it in Notion, or choose another in Settings → Notion.',
    });
  }
  if (lost.length > 0) {
    const other = wrong
      .filter(({ property }) => lost.includes(property.name))
      .map(({ property, type }) => `${property.name} is ${type}`);
    const why =
      other.length > 0 ? ` (${other.join(', ')})` : missing.length > 0 ? ' (deleted, or renamed and made anew)' : '';
    throw new AppError(
      'notion_rejected',
      `The database «${schema.title}» has no ${lost.join(', ')} to write to${why}.`,
      {
        remedy:
          'Press «Mend properties» in Settings → Notion: the desk puts back what is missing, and what waits goes on.',
      },
    );
  }
  const names = new Map(schema.properties.map(({ id, exactName }) => [id, exactName]));
  return Object.fromEntries(Object.entries(ids).map(([key, id]) => [key, names.get(id)]));
}

export function healthNames(schema: NotionSchema, health: NonNullable<NotionSettings['health']>): PropertyNames {
  return namesOf(HEALTH, schema, health, Object.keys(HEALTH));
}

export function targetNames(target: TargetName, schema: NotionSchema, known: Record<string, string>): PropertyNames {
  // The rest is left out where somebody does not want it.
  return namesOf(TARGETS[target].properties, schema, known, ['title', 'externalId']);
}

export function healthWrites(facts: HealthFacts, names: PropertyNames) {
  // Rounded where the digest was: what comes back with the page has to match it.
  const values = { score: Number(facts.tenths) / 10, rag: facts.rag, lastScan: new Date(facts.changedAt) };
  return writeProperties(HEALTH, names, values);
}

export function expansionPage(facts: ExpansionFacts, deskUrl: string | null): WantedPage {
  const evidence = (JSON.parse(facts.evidence) as { statement: string }[]).map(({ statement }) => `• ${statement}`);
  const at = (path: string) => (deskUrl === null ? null : `${deskUrl}${path}`);
  return {
    target: 'expansion',
    externalId: `opportunity:${facts.opportunityId}`,
    values: {
      title: `${facts.accountName} — ${facts.title}`,
      externalId: `opportunity:${facts.opportunityId}`,
      account: facts.accountPageId,
      link: at(`/opportunities?tab=all&id=${encodeURIComponent(facts.opportunityId)}`),
      type: facts.type,
      status: facts.status,
      confidence: facts.confidence,
      impact: facts.impactCents === null ? null : Number(facts.impactCents) / 100,
      currency: facts.currency,
      evidence: evidence.join('\n'),
      talkTrack: facts.talkTrack,
      dispatch: facts.dispatchId === null ? null : at(`/dispatches?id=${encodeURIComponent(facts.dispatchId)}`),
      firstSeen: new Date(facts.firstSeenAt),
    },
    document: null,
  };
}

export function reviewPage(review: ReviewRecord, accountPageId: string | null, deskUrl: string | null): WantedPage {
  return {
    target: 'review',
    externalId: `review:${review.id}`,
    values: {
      title: review.title,
      externalId: `review:${review.id}`,
      account: accountPageId,
      link: deskUrl === null ? null : `${deskUrl}/accounts/${encodeURIComponent(review.accountId)}`,
    },
    document: review.document,
  };
}

export function alertPage(alert: AlertRecord, accountPageId: string | null, deskUrl: string | null): WantedPage {
  return {
    target: 'health',
    externalId: `alert:${alert.id}`,
    values: {
      title: alert.title,
      externalId: `alert:${alert.id}`,
      account: accountPageId,
      kind: alert.kind.replaceAll('_', ' '),
      level: alert.level,
      at: new Date(alert.at),
      score: alert.score === null ? null : Math.round(alert.score * 10) / 10,
      rag: alert.rag,
      churnRisk: alert.churnRisk,
      link:
        deskUrl === null || alert.accountId === ''
          ? null
          : `${deskUrl}/accounts/${encodeURIComponent(alert.accountId)}`,
    },
    document: alert.document,
  };
}

export interface WriteOptions {
  api: NotionApi;
  dataSourceId: string;
  names: PropertyNames;
  deskUrl: string | null;
  /** Of everything that is to be told. */
  digest: string;
  /** The page that was made for it before, where that is known. */
  known: { pageId: string; digest: string } | null;
  /** Told of a page as soon as there is one, before its content is complete. */
  onMade(page: { pageId: string; url: string; digest: string }): Promise<void>;
}

/**
 * Makes the page, or makes the one there is say what is wanted. One that an earlier attempt made is found by its id, and the
 * content that it began goes on where it ended: blocks are written in their order, so how many there are says how far it came.
 */
export async function writePage(wanted: WantedPage, options: WriteOptions): Promise<{ pageId: string; url: string }> {
  const { api, dataSourceId, names, known, onMade } = options;
  const properties = writeProperties(TARGETS[wanted.target].properties, names, wanted.values);
  const blocks = wanted.document ? documentBlocks(wanted.document, options) : null;
  const begun = `begun ${options.digest}`;
  const resumes = known?.digest === begun;
  const erase = blocks !== null && !resumes;
  const page =
    (known && (await updateKnown(api, known.pageId, properties, erase))) ??
    (await updateFound(api, dataSourceId, names.externalId ?? '', wanted.externalId, properties, erase)) ??
    (await api.createPage(dataSourceId, properties));
  const reference = { pageId: page.id, url: page.url };
  if (blocks === null || blocks.length === 0) return reference;
  if (!resumes) await onMade({ ...reference, digest: begun });
  const from = resumes && page.id === known?.pageId ? await api.countBlocks(page.id) : 0;
  for (const chunk of chunkBlocks(blocks.slice(from))) await api.appendBlocks(page.id, chunk);
  return reference;
}

/** Null where somebody has put the page into the trash since, or deleted it. */
async function updateKnown(
  api: NotionApi,
  pageId: string,
  properties: PropertyWrites,
  erase: boolean,
): Promise<NotionPage | null> {
  try {
    return await api.updatePage(pageId, properties, { erase });
  } catch (error) {
    if (!isAppError(error) || (error.code !== 'notion_missing' && error.code !== 'notion_rejected')) throw error;
    const page = await api.readPage(pageId);
    if (page && !page.inTrash) throw error;
    return null;
  }
}

async function updateFound(
  api: NotionApi,
  dataSourceId: string,
  property: string,
  externalId: string,
  properties: PropertyWrites,
  erase: boolean,
): Promise<NotionPage | null> {
  const found = await api.findByText(dataSourceId, property, externalId);
  return found && api.updatePage(found.id, properties, { erase });
}
