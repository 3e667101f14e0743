/** Seconds go in, the time of day of a recording that starts at midnight comes out: `01:02:03,456`. */
export function clockTime(seconds: number, point: ',' | '.'): string {
  const ms = Math.max(0, Math.round(1000 * seconds));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const time = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(two).join(':');
  return `${time}${point}${String(ms % 1000).padStart(3, '0')}`;
}
