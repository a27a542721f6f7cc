import { readFileSync } from 'node:fs';
import { DEFAULT_SCORING_MODEL, type ScoringModel } from './domain/scoring-model';
import { AppError } from './errors';

/** A JSON file with any part of the scoring model; what it leaves out keeps its default. `version` is required. */
export function readScoringModel(file: string): ScoringModel {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new AppError('invalid_input', `HEADROOM_SCORING_FILE: ${file} cannot be read as JSON.`, { cause });
  }
  const problems: string[] = [];
  const merged = mergeNumbers(DEFAULT_SCORING_MODEL, given, '', problems) as ScoringModel;
  if (merged.version === DEFAULT_SCORING_MODEL.version) {
    problems.push('version: give the changed model a name of its own, so that stored scores say what made them');
  }
  if (problems.length > 0) {
    throw new AppError('invalid_input', `HEADROOM_SCORING_FILE ${file}:\n${problems.join('\n')}`);
  }
  return merged;
}

/** Overlays `given` on `base`, which fixes the allowed keys and types. */
function mergeNumbers(base: unknown, given: unknown, at: string, problems: string[]): unknown {
  if (given === undefined) return base;
  if (typeof base === 'number' || typeof base === 'string') {
    const fits = typeof given === typeof base && (typeof given !== 'number' || Number.isFinite(given));
    if (!fits) problems.push(`${at}: expected a ${typeof base}`);
    return fits ? given : base;
  }
  if (Array.isArray(base)) {
    if (!Array.isArray(given) || given.length !== base.length) {
      problems.push(`${at}: expected a list of ${base.length}`);
      return base;
    }
    return base.map((entry, index) => mergeNumbers(entry, given[index], `${at}[${index}]`, problems));
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    problems.push(`${at || 'file'}: expected an object`);
    return base;
  }
  const overlay = given as Record<string, unknown>;
  const model = base as Record<string, unknown>;
  for (const key of Object.keys(overlay)) {
    if (!(key in model))
      problems.push(`${at ? `${at}.` : ''}${key}: unknown; known are ${Object.keys(model).join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(model).map(([key, value]) => [
      key,
      mergeNumbers(value, overlay[key], at ? `${at}.${key}` : key, problems),
    ]),
  );
}
