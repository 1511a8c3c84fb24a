/** Times and sizes as a person of the locale writes them. */

/** Browsers come without Uzbek dates (Chromium writes "2026 M11 24"), so these are ours. */
const UZBEK = {
  months: "yanvar fevral mart aprel may iyun iyul avgust sentabr oktabr noyabr dekabr".split(" "),
  days: "yakshanba dushanba seshanba chorshanba payshanba juma shanba".split(" "),
};

function uzbekDate(date: Date, weekday: boolean): string {
  const day = `${date.getDate()}-${UZBEK.months[date.getMonth()]} ${date.getFullYear()}-yil`;
  const time = [date.getHours(), date.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
  return weekday ? `${day}, ${UZBEK.days[date.getDay()]}, ${time}` : `${day}, ${time}`;
}

export function dateTime(when: number | string, locale: string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  if (locale.startsWith("uz")) return uzbekDate(date, true);
  return new Intl.DateTimeFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(date);
}

/** A day as the server writes it (2026-11-24), of the court's calendar and so without a zone. */
export function day(text: string, locale: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return text;
  if (locale.startsWith("uz"))
    return `${date.getUTCDate()}-${UZBEK.months[date.getUTCMonth()]} ${date.getUTCFullYear()}-yil`;
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  }).format(date);
}

/** How far the time of the device is from UTC at a moment: UTC+5. */
export function offset(when: number | string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return "";
  const minutes = -date.getTimezoneOffset();
  const part = (n: number) => String(n).padStart(2, "0");
  const rest = Math.abs(minutes) % 60;
  const hours = Math.floor(Math.abs(minutes) / 60);
  const distance = minutes === 0 ? "" : `${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${part(rest)}` : ""}`;
  return `UTC${distance}`;
}

/** The zone in which the page writes a moment: its distance from UTC, and its name where the browser knows it. */
export function zone(when: number | string, locale: string): string {
  const date = new Date(when);
  const distance = offset(when);
  if (!distance) return "";
  // Uzbek names of zones are not in the browsers, see above.
  const named = new Intl.DateTimeFormat(locale, { timeZoneName: "long" });
  if (locale.startsWith("uz") || named.resolvedOptions().timeZone === "UTC") return distance;
  const name = named.formatToParts(date).find((p) => p.type === "timeZoneName")?.value;
  return name && !/^(?:UTC|GMT)/.test(name) ? `${name}, ${distance}` : distance;
}

/** A moment with its zone, where the reader may be in another than the court. */
export function dateTimeInZone(when: number | string, locale: string): string {
  const name = zone(when, locale);
  return name ? `${dateTime(when, locale)} (${name})` : dateTime(when, locale);
}

export function shortDateTime(when: number | string, locale: string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  if (locale.startsWith("uz")) return uzbekDate(date, false);
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(date);
}

/** A short moment with its distance from UTC. */
export function shortDateTimeInZone(when: number | string, locale: string): string {
  const distance = offset(when);
  return distance ? `${shortDateTime(when, locale)} (${distance})` : shortDateTime(when, locale);
}

/** Time of day to the second, for logs. */
export function clock(when: number | string, locale: string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  return new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  }).format(date);
}

/** Media time: 0:05, 12:34, 1:02:03. The same in every language. */
export function mediaTime(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor((all % 3600) / 60);
  const seconds = String(all % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** Media time to the tenth of a second, for stretches shorter than one. */
export function fineTime(ms: number): string {
  return `${mediaTime(ms)}.${Math.floor((Math.max(0, ms) % 1000) / 100)}`;
}

/** The same, rounded up: of what is missing something is always said. */
export function fineTimeUp(ms: number): string {
  return fineTime(Math.ceil(Math.max(1, ms) / 100) * 100);
}

export function bytes(count: number, locale: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(count / 1000 ** power);
}

/** `datetime-local` of an input, in the person's own time, as RFC 3339. Null when it is no date. */
export function localToRfc3339(text: string): string | null {
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
