import type { RunItem } from '@/lib/contracts';

const TRIGGERS: Record<RunItem['trigger'], string> = {
  schedule: 'Schedule',
  catch_up: 'Caught up',
  manual: 'By hand',
  import: 'After an import',
  scan: 'After a scan',
};

export function triggerInWords(trigger: RunItem['trigger']): string {
  return TRIGGERS[trigger];
}

/** How long something took; null while it is under way. */
export function spanInWords(startedAt: string, finishedAt: string | null): string | null {
  return finishedAt === null ? null : secondsInWords((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
}

/** How long a run took or has taken so far: `0.4 s`, `12 s`, `3 min 5 s`; null before it started. */
export function durationInWords(run: RunItem, now: number): string | null {
  if (run.startedAt === null) return null;
  const end = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  return secondsInWords((end - Date.parse(run.startedAt)) / 1000);
}

function secondsInWords(span: number): string {
  const seconds = Math.max(0, span);
  if (seconds < 10) return `${Math.max(0.1, Math.round(seconds * 10) / 10)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
