const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** A cron expression as a person would say it; the expression itself where it is too unusual for words. */
export function cronInWords(cron: string): string {
  const [minute, hour, day, month, weekday, ...rest] = cron.trim().split(/\s+/);
  if (!minute || !hour || !day || !month || !weekday || rest.length > 0) return cron;
  const when = dayInWords(day, month, weekday);
  const time = timeInWords(minute, hour);
  if (when === null || time === null) return cron;
  if (time.every) return when === 'every day' ? capital(time.text) : capital(`${time.text}, ${when}`);
  return capital(`${when} at ${time.text}`);
}

function timeInWords(minute: string, hour: string): { text: string; every: boolean } | null {
  const step = /^\*\/(\d+)$/.exec(minute);
  if (hour === '*') {
    if (minute === '*') return { text: 'every minute', every: true };
    if (step) return { text: `every ${step[1]} minutes`, every: true };
    if (isNumber(minute)) return { text: minute === '0' ? 'every hour' : `every hour at :${pad(minute)}`, every: true };
    return null;
  }
  if (!isNumber(minute)) return null;
  const hours = hour.split(',');
  return hours.every(isNumber)
    ? { text: listed(hours.map((one) => `${pad(one)}:${pad(minute)}`)), every: false }
    : null;
}

function dayInWords(day: string, month: string, weekday: string): string | null {
  const months = month === '*' ? [] : namesOf(month, MONTHS, 1);
  if (months === null) return null;
  if (day === '*' && weekday === '*') return months.length === 0 ? 'every day' : `every day in ${listed(months)}`;
  if (day === '*') {
    const range = /^([0-7])-([0-7])$/.exec(weekday);
    const names = range ? namesOf(`${range[1]},${range[2]}`, WEEKDAYS, 0) : namesOf(weekday, WEEKDAYS, 0);
    if (names === null || months.length > 0) return null;
    return range ? names.join(' to ') : `every ${listed(names)}`;
  }
  if (weekday !== '*') return null;
  const days = day.split(',');
  if (!days.every(isNumber)) return null;
  const nth = `on the ${listed(days.map((one) => ordinal(Number(one))))}`;
  return months.length === 0 ? `${nth} of every month` : `${nth} of ${listed(months)}`;
}

function namesOf(field: string, names: readonly string[], first: number): string[] | null {
  const found = field
    .split(',')
    .map((one) => (isNumber(one) ? names[(Number(one) - first) % names.length] : undefined));
  return found.every((name) => name !== undefined) ? found : null;
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text);
}

function pad(text: string): string {
  return text.padStart(2, '0');
}

function ordinal(day: number): string {
  const suffix =
    day % 10 === 1 && day !== 11
      ? 'st'
      : day % 10 === 2 && day !== 12
        ? 'nd'
        : day % 10 === 3 && day !== 13
          ? 'rd'
          : 'th';
  return `${day}${suffix}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
