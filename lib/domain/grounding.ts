import {
  asPercent,
  dateKey,
  isCurrency,
  MONTHS,
  parseDateKey,
  type Quantity,
  readQuantities,
  unitsIn,
} from './grounding-quantities';
import { findClaim, overlap, SENTENCE_STARTERS } from './grounding-words';

/** What a text may say. */
export interface GroundingSources {
  /** The deterministic text that it takes the place of. */
  base: string;
  /** Untrusted. The value of one labelled `Account` is a name: figures in it count for nothing. */
  facts: readonly { label: string; value: string }[];
}

export type GroundingReason =
  | 'empty'
  | 'too_short'
  | 'too_long'
  | 'characters'
  | 'markup'
  | 'link'
  | 'number'
  | 'name'
  | 'claim'
  | 'unrelated';

export type Grounding = { ok: true } | { ok: false; reason: GroundingReason; detail: string };

/** Of the deterministic text's length. A line of a few words may become a sentence. */
const SHORTEST = 0.4;
const LONGEST = 1.5;
const LONGEST_EXTRA = 80;
/** Of what it speaks of, what the sources must speak of as well. */
const LEAST_OVERLAP = 0.3;

/**
 * Whether a generated text says only what its sources say: every figure, amount, percentage, date and word of number is
 * theirs, and so is every name; there is no link, no markup, no character to hide something with, no promise and no turn
 * of events that nobody spoke of. Strict on purpose: a text that is refused without need costs nothing, since the
 * deterministic one takes its place.
 */
export function checkGrounding(text: string, sources: GroundingSources): Grounding {
  const refuse = (reason: GroundingReason, detail: string): Grounding => ({
    ok: false,
    reason,
    detail: visible(detail).slice(0, 120),
  });
  if (text.trim() === '') return refuse('empty', '');
  const { base } = sources;
  if (text.length < base.length * SHORTEST) return refuse('too_short', `${text.length} for ${base.length} characters`);
  if (text.length > base.length * LONGEST + LONGEST_EXTRA) {
    return refuse('too_long', `${text.length} for ${base.length} characters`);
  }
  const character = findCharacter(text, base, `${base}\n${linesOf(sources.facts)}`);
  if (character !== null) return refuse('characters', character);

  // What is called «Studio 54» may be called so, whole; that is no reason to speak of 54 of anything. From here on the
  // account's name is taken out of everything, so that nothing which a name says counts as said.
  const names = sources.facts.flatMap(({ label, value }) => (label === 'Account' ? [value.trim()] : []));
  const [said, desk] = [without(text, names), without(base, names)];
  const facts = sources.facts.map(({ label, value }) => ({ label, value: without(value, names) }));
  const lines = linesOf(facts);

  const markup = findMarkup(said, desk);
  if (markup !== null) return refuse('markup', markup);
  const link = findLink(said, desk);
  if (link !== null) return refuse('link', link);
  const figure = findFigure(said, { base: desk, facts });
  if (figure !== null) return refuse('number', figure);
  const name = findName(said, `${desk}\n${lines}`, names.filter(isShortName));
  if (name !== null) return refuse('name', name);
  const claim = findClaim(said, desk, lines);
  if (claim !== null) return refuse('claim', claim);
  if (overlap(said, `${desk}\n${lines}`) < LEAST_OVERLAP) return refuse('unrelated', text.slice(0, 60));
  return { ok: true };
}

function linesOf(facts: GroundingSources['facts']): string {
  return facts.map(({ label, value }) => `${label}: ${value}`).join('\n');
}

/** One that may be shortened: «Northwind» for «Northwind Robotics». A whole sentence as a name is to be quoted or left. */
function isShortName(name: string): boolean {
  return name.split(/\s+/).length <= 4;
}

// ------------------------------------------------------------------------------------------------------- characters

/** Printable ASCII, line breaks, and what typesetters put in the place of ASCII. */
const ORDINARY = /^[\n\u0020-\u007e\u00a0‐‑–—‘’“”…×÷]$/u;
/** No sentence needs longer ones; what hides something does. */
const LONGEST_WORD = 30;
/** Letters and marks of any language: where a source has the same word. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * Controls, marks of direction, what has no width, look-alikes of other scripts, digits of other scripts, pictures:
 * everything that is not ordinary must be in a source, a letter in the very same word.
 */
function findCharacter(text: string, base: string, all: string): string | null {
  for (const character of text) {
    if (ORDINARY.test(character)) continue;
    if (/\p{L}|\p{M}/u.test(character)) continue;
    // What can hide something is not let in although an account is called so.
    if (/\p{C}|\p{Z}|\p{N}/u.test(character) || !base.includes(character)) return nameOf(character);
  }
  const words = new Set(all.match(WORD) ?? []);
  for (const [word] of text.matchAll(WORD)) {
    if ((word.length > LONGEST_WORD || /[^\u0020-\u007e]/u.test(word)) && !words.has(word)) return word;
  }
  return null;
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

// --------------------------------------------------------------------------------------------------- markup and links

/** What HTML, Markdown and templates take for more than text, within a word and at the start of a line. */
const MARKUP = /[<>`\\{}[\]|~^*]|__|^_|_$|&#?\w+;/u;
const LINE_MARKUP = /^\s*(?:#{1,6}|[-+•]|\d+[.)])\s|^\s*[-=]{3,}\s*$/u;

function findMarkup(text: string, base: string): string | null {
  // An account may be called «Smith * Sons»: a word that the desk itself wrote stays what it is.
  const known = new Set(base.split(/\s+/));
  for (const word of text.split(/\s+/)) if (MARKUP.test(word) && !known.has(word)) return word;
  const marked = text.split('\n').find((line) => LINE_MARKUP.test(line));
  if (marked !== undefined && !base.split('\n').some((line) => LINE_MARKUP.test(line)))
    return marked.trim().slice(0, 20);
  const lines = (value: string) => value.split('\n').length;
  return lines(text) > lines(base) + 2 ? 'line breaks' : null;
}

/**
 * Addresses of the web and of mail, and names of hosts. Each pattern is tried within one word and repeats nothing that
 * repeats: a model must not be able to keep the desk busy.
 */
const ADDRESS = /@|:\/\/|www\.|^(?:https?|ftp|mailto|tel|sms|data|javascript|file):/iu;
const HOST = /[\p{L}\p{N}]\.\p{L}{2}/u;
/** The same taken apart: «evil dot com», «boss (at) evil». */
const TAKEN_APART =
  /\b(?:dot|punkt|punto|point)\W{1,3}(?:com|net|org|io|ai|co|eu|de|uk|fr|info|biz|app|dev|xyz|example)\b|[([{]\s?(?:at|dot)\s?[)\]}]/iu;

function findLink(text: string, base: string): string | null {
  const apart = TAKEN_APART.exec(text);
  if (apart !== null) return apart[0];
  const known = new Set(wordsWithin(base.toLowerCase()));
  return (
    wordsWithin(text).find((word) => ADDRESS.test(word) || (HOST.test(word) && !known.has(word.toLowerCase()))) ?? null
  );
}

/** What stands between spaces, without the punctuation around it. */
function wordsWithin(text: string): string[] {
  return text.split(/\s+/).map((word) => trimmed(word, /[\p{L}\p{N}@/]/u));
}

/** Without what is at either end and does not match; by hand, since an expression would start anew at each place. */
function trimmed(word: string, kept: RegExp): string {
  const characters = [...word];
  let from = 0;
  let to = characters.length;
  while (from < to && !kept.test(characters[from] ?? '')) from += 1;
  while (to > from && !kept.test(characters[to - 1] ?? '')) to -= 1;
  return characters.slice(from, to).join('');
}

// ---------------------------------------------------------------------------------------------------------- figures

interface KnownQuantity {
  quantity: Quantity;
  units: ReadonlySet<string>;
}

/** The first figure that no source has, as it is written; null where all are known. */
function findFigure(text: string, { base, facts }: GroundingSources): string | null {
  const known = [...learn(base, ''), ...facts.flatMap(({ label, value }) => learn(value, label))];
  for (const quantity of readQuantities(text)) {
    if (!known.some((candidate) => supports(candidate, quantity))) return quantity.text;
  }
  return null;
}

function learn(from: string, label: string): KnownQuantity[] {
  const labelled = unitsIn(label);
  return readQuantities(from).map((quantity) => ({
    quantity,
    units: new Set([...quantity.unitsInReach, ...labelled]),
  }));
}

function supports({ quantity: known, units }: KnownQuantity, said: Quantity): boolean {
  if (said.unit !== null && !units.has(said.unit)) return false;
  if (said.kind === 'date') return known.kind === 'date' && includesDate(known.value, said.value);
  if (said.kind === 'number' && known.kind === 'date') {
    // «the renewal in 2027» of «4 May 2027».
    return said.unit === null && said.outOf === null && said.value === String(parseDateKey(known.value).year);
  }
  if (said.kind === 'percent' && known.kind === 'number' && known.unit === null) {
    return asPercent(known.value) === said.value;
  }
  if (said.outOf !== null && said.outOf !== known.outOf) return false;
  return said.kind === known.kind && said.value === known.value;
}

/** Whether every part that is said is known: «May 2027» of «4 May 2027», not the other way round. */
function includesDate(known: string, said: string): boolean {
  const [all, some] = [parseDateKey(known), parseDateKey(said)];
  return (
    all.month === some.month &&
    (some.year === null || all.year === some.year) &&
    (some.day === null || all.day === some.day) &&
    dateKey(some) === said
  );
}

// ------------------------------------------------------------------------------------------------------------ names

const CAPITALISED = /\p{L}[\p{L}\p{M}\p{N}]*(?:['’]\p{L}+)*/gu;
const FULL_MONTH = /^(january|february|march|april|may|june|july|august|september|october|november|december)$/;
const PRONOUN = /^I(?:['’](?:m|d|ll|ve))?$/;

/** The first name that no source has; null where all are known. */
function findName(text: string, sources: string, names: readonly string[]): string | null {
  const said = [sources, ...names].join('\n');
  const known = new Set((said.match(CAPITALISED) ?? []).flatMap((word) => [word, withoutPossessive(word)]));
  const spaced = said.replace(/\s+/g, ' ');
  const months = new Set(
    readQuantities(sources).flatMap(({ kind, value }) =>
      kind === 'date' ? [MONTHS[parseDateKey(value).month - 1]] : [],
    ),
  );
  let previous: { word: string; end: number; ordinary: boolean } | null = null;
  for (const match of text.matchAll(CAPITALISED)) {
    const written = match[0];
    const word = known.has(written) ? written : withoutPossessive(written);
    const start = match.index;
    if (!/\p{Lu}|\p{Lt}/u.test(word)) {
      previous = null;
      continue;
    }
    const lower = word.toLowerCase();
    const begins = beginsSentence(text, start);
    const isOrdinary =
      PRONOUN.test(written) ||
      (begins && /^\p{Lu}\P{Lu}*$/u.test(word) && (SENTENCE_STARTERS.has(lower) || known.has(lower)));
    const isMonth = FULL_MONTH.test(lower) && months.has(lower.slice(0, 3));
    // Judged with its amount.
    const isUnit =
      isCurrency(word) && (/\d[kKmM]?\s?$/.test(text.slice(0, start)) || /^\s?\d/.test(text.slice(start + 3)));
    if (!isOrdinary && !isMonth && !isUnit && !known.has(word)) return written;
    // Two names that each are known are not yet a third one.
    if (previous && !previous.ordinary && !isOrdinary && /^[ \u00a0-]$/.test(text.slice(previous.end, start))) {
      if (!spaced.includes(`${previous.word}${text.slice(previous.end, start)}${word}`))
        return `${previous.word} ${word}`;
    }
    previous = { word, end: start + written.length, ordinary: isOrdinary };
  }
  return null;
}

function withoutPossessive(word: string): string {
  return word.replace(/['’]s?$/, '');
}

function beginsSentence(text: string, at: number): boolean {
  const before = text.slice(0, at).replace(/[\s("'“‘«]+$/u, (space) => (space.includes('\n') ? '\n' : ''));
  return before === '' || /[.!?:…\n]$/u.test(before);
}

// ---------------------------------------------------------------------------------------------------------- helpers

/** The text without whole occurrences of the names; one without letters, such as «100», is no name to be taken out. */
function without(text: string, names: readonly string[]): string {
  let rest = text;
  for (const name of names) {
    if (!/\p{L}{2}|\p{L}\p{N}|\p{N}\p{L}/u.test(name)) continue;
    let from = 0;
    for (let at = rest.indexOf(name, from); at >= 0; at = rest.indexOf(name, from)) {
      from = at + name.length;
      if (/[\p{L}\p{N}]/u.test(rest[at - 1] ?? ' ') || /[\p{L}\p{N}]/u.test(rest[from] ?? ' ')) continue;
      rest = `${rest.slice(0, at)}${' '.repeat(name.length)}${rest.slice(from)}`;
    }
  }
  return rest;
}

/** For a log and a screen: what cannot be seen is named. */
function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
