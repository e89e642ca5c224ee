const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A length of time in its two largest units: `2 h 5 min`. */
export function lengthOf(milliseconds: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, milliseconds);
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

/** How long ago, or until when. */
export function since(iso: string, now = Date.now()): string {
  return lengthOf(now - Date.parse(iso));
}

/** A time as the people of this machine write it. */
export function localTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** The same with how far off it is: `12 Jan 2027, 10:00:00 (in 2 h)`. */
export function deadlineText(iso: string, now = Date.now()): string {
  const left = Date.parse(iso) - now;
  return `${localTime(iso)} (${left >= 0 ? `in ${lengthOf(left)}` : `${lengthOf(-left)} ago`})`;
}
