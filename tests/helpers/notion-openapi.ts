import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

/** What of the description is not so, with what Notion and its own SDK do. Everything else is held to it. */
const WRONG: Record<string, (schema: Record<string, unknown>) => void> = {
  // A page is made in a data source since the version 2025-09-03; the description still says `database_id` alone.
  'post /v1/pages': (schema) => {
    const properties = schema.properties as Record<string, object>;
    properties.parent = {
      type: 'object',
      properties: { type: { const: 'data_source_id' }, data_source_id: { type: 'string', format: 'uuid' } },
      required: ['type', 'data_source_id'],
    };
    // Children are blocks, not strings.
    properties.children = { type: 'array', items: { type: 'object' } };
  },
  // Sorts go by timestamps too.
  'post /v1/data_sources/{data_source_id}/query': (schema) => {
    (schema.properties as Record<string, object>).sorts = { type: 'array', items: { type: 'object' } };
  },
  // Of the blocks that there are, it knows paragraphs and bullets.
  'patch /v1/blocks/{block_id}/children': (schema) => {
    const known = (schema.properties as { children: { items: object } }).children.items;
    const named = (type: string) => ({
      type: 'object',
      properties: { type: { const: type } },
      required: ['type', type],
    });
    const others = ['heading_2', 'table'].map(named);
    (schema.properties as { children: { items: object } }).children.items = { anyOf: [known, ...others] };
  },
};

/** The official description of the API, as the package of Notion's MCP server ships it. */
export interface NotionDescription {
  /** What is wrong with a request or an answer; empty where nothing is, or where the description does not know it. */
  check(method: string, pathname: string, part: 'request' | number, body: unknown): string[];
  knows(method: string, pathname: string): boolean;
}

export function readNotionDescription(): NotionDescription {
  const require = createRequire(import.meta.url);
  const root = path.dirname(require.resolve('@notionhq/notion-mcp-server/package.json'));
  const description = JSON.parse(readFileSync(path.join(root, 'scripts/notion-openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('uuid', /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  ajv.addFormat('int32', true);
  ajv.addFormat('json', true);
  for (const [key, mend] of Object.entries(WRONG)) {
    const [method = '', template = ''] = key.split(' ');
    const schema = description.paths[template]?.[method]?.requestBody?.content['application/json']?.schema;
    if (!schema) throw new Error(`The description has no ${key} any more: look whether what was wrong is right now.`);
    mend(schema as Record<string, unknown>);
  }
  ajv.addSchema(description as object, 'notion');
  const validators = new Map<string, ValidateFunction>();

  function templateOf(pathname: string): string | null {
    const templates = Object.keys(description.paths).filter((template) =>
      new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
    );
    return templates.sort((a, b) => a.split('{').length - b.split('{').length)[0] ?? null;
  }

  function validatorOf(template: string, method: string, part: 'request' | number): ValidateFunction | null {
    const operation = description.paths[template]?.[method];
    const content = part === 'request' ? operation?.requestBody?.content : operation?.responses[String(part)]?.content;
    if (!content?.['application/json']) return null;
    const place = part === 'request' ? 'requestBody' : `responses/${part}`;
    const pointer = ['paths', template.replaceAll('~', '~0').replaceAll('/', '~1'), method]
      .map(encodeURIComponent)
      .join('/');
    const key = `notion#/${pointer}/${place}/content/application~1json/schema`;
    const known = validators.get(key) ?? ajv.compile({ $ref: key });
    validators.set(key, known);
    return known;
  }

  return {
    check(method, pathname, part, body) {
      const template = templateOf(pathname);
      const validate = template && validatorOf(template, method.toLowerCase(), part);
      if (!validate || validate(body)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message }) => `${method} ${pathname} ${part}: ${instancePath} ${message}`,
      );
    },
    knows(method, pathname) {
      const template = templateOf(pathname);
      return template !== null && description.paths[template]?.[method.toLowerCase()] !== undefined;
    },
  };
}
