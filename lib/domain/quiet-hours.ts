/** Times on the wall, `HH:MM`: from `from` to before `to`, over midnight where `to` is the earlier one. */
export interface QuietHours {
  from: string;
  to: string;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/**
 * The earliest instant from `now` on whose time on the wall is outside the quiet hours: `now` itself where it is. Clocks
 * that are put forward or back in between are heeded, since every minute is looked at as the wall shows it.
 * @param timeZone IANA name.
 */
export function endOfQuietHours(now: Date, quiet: QuietHours | null, timeZone: string): Date {
  if (quiet === null || quiet.from === quiet.to) return now;
  const [from, to] = [minuteOfDay(quiet.from), minuteOfDay(quiet.to)];
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const isQuiet = (instant: Date): boolean => {
    const minute = minuteOfDay(wall.format(instant));
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
  };
  if (!isQuiet(now)) return now;
  // Clocks change on whole minutes, and no quiet time lasts longer than a day and what they are put back by.
  let time = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let steps = 0; steps < 2 * DAY_MINUTES; steps += 1) {
    time += MINUTE_MS;
    if (!isQuiet(new Date(time))) break;
  }
  return new Date(time);
}

function minuteOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}
