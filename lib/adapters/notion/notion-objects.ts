import type { PageObjectResponse } from '@notionhq/client';
import { AppError } from '../../errors';
import { plainText } from './property-values';

/** A page of a database, as far as the desk knows pages. */
export interface NotionPage {
  id: string;
  url: string;
  title: string;
  /** To the minute: Notion says no more. */
  editedAt: Date;
  inTrash: boolean;
  /** The database's data source that it lies in; null where it lies elsewhere. */
  dataSourceId: string | null;
  /** Each property's value as Notion sent it, by the property's id. */
  values: ReadonlyMap<string, unknown>;
}

/** What a database asks of its pages. */
export interface NotionSchema {
  dataSourceId: string;
  title: string;
  url: string;
  inTrash: boolean;
  properties: SchemaProperty[];
}

export interface SchemaProperty {
  id: string;
  /** On one line, for people. */
  name: string;
  /** By which a write names it. */
  exactName: string;
  type: string;
  /** Of a select, multi-select or status. */
  options: string[];
}

/** Something that a person may choose: a database or a page that the integration sees. */
export interface NotionPlace {
  id: string;
  title: string;
  url: string;
}

/** Null for what is no page, or one that Notion shows in part only. */
export function toPage(row: object): NotionPage | null {
  if (!('url' in row) || !('object' in row) || row.object !== 'page') return null;
  const page = row as PageObjectResponse;
  const editedAt = new Date(page.last_edited_time);
  if (Number.isNaN(editedAt.getTime())) return null;
  const values = new Map(Object.values(page.properties).map((value) => [value.id, value as unknown]));
  return {
    id: page.id,
    url: safeUrl(page.url),
    title: oneLine(titleOf(page.properties)) || 'Untitled',
    editedAt,
    inTrash: Boolean(page.in_trash || page.archived || page.is_archived),
    dataSourceId: page.parent.type === 'data_source_id' ? page.parent.data_source_id : null,
    values,
  };
}

export function pageOrThrow(row: object): NotionPage {
  const page = toPage(row);
  if (!page) throw unexpected();
  return page;
}

export function toSchema(source: object): NotionSchema {
  if (!('title' in source) || !('properties' in source)) {
    throw new AppError('notion_missing', 'The integration may not see that database.', {
      remedy: 'In Notion, open the database and add the integration under ··· → Connections.',
    });
  }
  const { id, title, url, in_trash, properties } = source as unknown as {
    id: string;
    title: unknown;
    url: string;
    in_trash?: boolean;
    properties: Record<string, { id: string; name: string; type: string } & Record<string, unknown>>;
  };
  return {
    dataSourceId: id,
    title: oneLine(plainText(title)) || 'Untitled',
    url: safeUrl(url),
    inTrash: in_trash === true,
    properties: Object.values(properties).map((property) => ({
      id: property.id,
      name: oneLine(property.name),
      exactName: property.name,
      type: property.type,
      options: optionsOf(property[property.type]),
    })),
  };
}

function optionsOf(config: unknown): string[] {
  const { options } = (config ?? {}) as { options?: unknown };
  return Array.isArray(options)
    ? options.flatMap(({ name }: { name?: unknown }) => (typeof name === 'string' ? [name] : []))
    : [];
}

export function titleOf(properties: Record<string, { type?: string } & Record<string, unknown>> | object): string {
  const title = Object.values(properties).find((value) => (value as { type?: string }).type === 'title') as
    | { title?: unknown }
    | undefined;
  return plainText(title?.title);
}

export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** A page's address is shown as a link: nothing but https may be behind it. */
export function safeUrl(url: unknown): string {
  return typeof url === 'string' && /^https:\/\/[\w.-]+\//.test(url) && url.length <= 2_000 ? url : '';
}

export function unexpected(cause?: unknown): AppError {
  return new AppError('notion_rejected', 'Notion answered in a form that the desk does not know.', { cause });
}
