import fc from 'fast-check';
import * as z from 'zod';
import type * as core from 'zod/v4/core';

interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  format?: string;
}

/** What is sent where something else was asked for. */
const HOSTILE = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER + 2,
    '',
    '\u0000',
    '\ud800',
    'NaN',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '../../../etc/passwd',
    '=1+1',
    '\u202egnp.exe',
    '{{7*7}}',
    'x'.repeat(20_000),
    [],
    {},
    [[[[]]]],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values for a schema: most fit, some nearly (a field too many, too few, of another kind), some not at all. */
export function inputsFor(schema: core.$ZodType): fc.Arbitrary<unknown> {
  const description = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const valid = arbitraryOf(description);
  const nearly = fc
    .tuple(valid, fc.string({ maxLength: 12 }), HOSTILE, fc.nat())
    .map(([value, key, odd, pick]) => spoil(value, key, odd, pick));
  return fc.oneof({ weight: 3, arbitrary: valid }, { weight: 4, arbitrary: nearly }, { weight: 1, arbitrary: HOSTILE });
}

function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(arbitraryOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: 4 });
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(schema.minimum ?? -10, -1e6), max: Math.min(schema.maximum ?? 1_000, 1e6) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return textOf(schema);
    default:
      return HOSTILE;
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, arbitraryOf(value)])),
    {
      requiredKeys: required,
    },
  );
  if (typeof additionalProperties !== 'object') return known;
  return fc.dictionary(fc.string({ maxLength: 20 }), arbitraryOf(additionalProperties), { maxKeys: 4 });
}

function textOf({ format, minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 80)) };
  return fc.oneof(fc.string(length), fc.string({ ...length, unit: 'grapheme' }));
}

function spoil(value: unknown, key: string, odd: unknown, pick: number): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const entries = Object.entries(value);
  const at = entries[pick % Math.max(1, entries.length)]?.[0];
  const [without, replaced] = [{ ...value } as Record<string, unknown>, { ...value } as Record<string, unknown>];
  if (at !== undefined) {
    delete without[at];
    replaced[at] = odd;
  }
  const polluted = JSON.parse(
    `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
  ) as object;
  return [without, replaced, { ...value, [key]: odd }, { ...value, ...polluted }, [value]][pick % 5];
}
