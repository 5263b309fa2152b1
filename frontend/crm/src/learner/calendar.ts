/** A calendar file (RFC 5545): every entry has a UID of its own, and instants are UTC. */

export interface CalendarEntry {
  at: string;
  text: string;
  /** What it is, the same each time: a calendar that is loaded again moves the entry and adds none. */
  key: string;
}

export function calendarOf(entries: readonly CalendarEntry[]): string {
  const stamp = (at: string): string => `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  const events = entries.flatMap((entry) => [
    "BEGIN:VEVENT",
    `UID:${encodeURIComponent(entry.key)}@kwiga-orders`,
    `DTSTAMP:${stamp(entry.at)}`,
    `DTSTART:${stamp(entry.at)}`,
    `SUMMARY:${entry.text.replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n")}`,
    "END:VEVENT",
  ]);
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//kwiga_orders//learner//EN", ...events, "END:VCALENDAR", ""].flatMap(folded).join("\r\n");
}

/** Fold a line at 75 octets, as the format asks; a letter is never cut. */
function folded(line: string): string[] {
  const encoder = new TextEncoder();
  const lines = [""];
  let used = 0;
  for (const letter of line) {
    const size = encoder.encode(letter).length;
    if (used + size > 74) {
      lines.push(" ");
      used = 1;
    }
    lines.push((lines.pop() ?? "") + letter);
    used += size;
  }
  return lines;
}
