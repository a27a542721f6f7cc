/** The usual ways to say when, each of them a cron expression. What is none of them is `cron`. */
export type Rhythm = 'daily' | 'weekdays' | 'weekly' | 'monthly' | 'quarterly' | 'cron';

export interface Times {
  rhythm: Rhythm;
  /** `07:00`. */
  time: string;
  /** 0 Sunday to 6 Saturday; of `weekly`. */
  weekday: number;
  /** 1 to 28; of `monthly` and `quarterly`. */
  day: number;
  /** As written; of `cron`. */
  cron: string;
}

export const RHYTHMS: readonly { value: Rhythm; label: string }[] = [
  { value: 'daily', label: 'Every day' },
  { value: 'weekdays', label: 'Monday to Friday' },
  { value: 'weekly', label: 'Every week' },
  { value: 'monthly', label: 'Every month' },
  { value: 'quarterly', label: 'Every quarter' },
  { value: 'cron', label: 'As a cron expression' },
];

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** What an expression says in those words. */
export function timesOf(cron: string): Times {
  const fields = cron.trim().split(/\s+/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const times: Times = { rhythm: 'cron', time: '07:00', weekday: 1, day: 1, cron: cron.trim() };
  if (fields.length !== 5 || !isBelow(minute, 60) || !isBelow(hour, 24)) return times;
  times.time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  const everyDay = day === '*' && month === '*';
  if (everyDay && weekday === '*') return { ...times, rhythm: 'daily' };
  if (everyDay && weekday === '1-5') return { ...times, rhythm: 'weekdays' };
  if (everyDay && isBelow(weekday, 7)) return { ...times, rhythm: 'weekly', weekday: Number(weekday) };
  if (weekday !== '*' || !isBelow(day, 29) || Number(day) === 0) return times;
  if (month === '*') return { ...times, rhythm: 'monthly', day: Number(day) };
  if (month === '1,4,7,10') return { ...times, rhythm: 'quarterly', day: Number(day) };
  return times;
}

/** The expression that says so. A time that is not whole yet gives what is no expression, which the server refuses. */
export function cronOf({ rhythm, time, weekday, day, cron }: Times): string {
  const [hour = '', minute = ''] = time.split(':').map((part) => String(Number(part || Number.NaN)));
  const at = `${minute} ${hour}`;
  switch (rhythm) {
    case 'daily':
      return `${at} * * *`;
    case 'weekdays':
      return `${at} * * 1-5`;
    case 'weekly':
      return `${at} * * ${weekday}`;
    case 'monthly':
      return `${at} ${day} * *`;
    case 'quarterly':
      return `${at} ${day} 1,4,7,10 *`;
    case 'cron':
      return cron;
  }
}

function isBelow(text: string, end: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) < end;
}
