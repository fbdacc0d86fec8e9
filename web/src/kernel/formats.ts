/** Numbers and dates as people write them: `$1,234.50`, `1.234,5 €`, `12 %`, `(300)`, `31.12.2023`, as in `chainrule.tables.formats`. */

const SPACE = "[ \\t\\u00a0\\u2009\\u202f]";
const CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|KRW|SGD|HKD|ILS|AED|kr|zł|Fr";
const CURRENCY = `(?:[A-Z]{0,2}[$€£¥₹₽₩₺₪฿₫₱₴₦]|${CODES})`;
const SIGN = "[+\\-\\u2212\\u2013]";
const NEGATIVE = /^[^0-9.,]*[(\-\u2212\u2013]/;
const WHOLE = "0|[1-9][0-9]{0,14}";

interface NumberFormat {
  readonly pattern: RegExp;
  readonly group: RegExp;
  readonly decimal: string;
}

/** Return numbers whose thousands are parted by `group` and whose decimals come after `decimal`. */
function numberFormat(group: string, decimal: string): NumberFormat {
  const groups = `[1-9][0-9]{0,2}(?:${group}[0-9]{2,3}){0,3}${group}[0-9]{3}`, point = `[${decimal}]`;
  const number = `(?:(?:${groups}|${WHOLE})(?:${point}[0-9]*)?(?:[eE][+-]?[0-9]+)?|${point}[0-9]+(?:[eE][+-]?[0-9]+)?)`;
  const money = `(?:${CURRENCY}${SPACE}*)?(?:${SIGN}${SPACE}*)?${number}${SPACE}*(?:${CURRENCY}|%)?`;
  const pattern = new RegExp(`^(?:${SIGN}?${SPACE}*${money}|\\(${SPACE}*${money}${SPACE}*\\))$`, "u");
  return { pattern, group: new RegExp(group, "gu"), decimal };
}

const APOSTROPHE = "['\\u2019]";
const NUMBERS: Readonly<Record<string, NumberFormat>> = {
  "1,234.5": numberFormat(",", "."),
  "1.234,5": numberFormat("[.]", ","),
  "1 234.5": numberFormat(SPACE, "."),
  "1 234,5": numberFormat(SPACE, ","),
  "1'234.5": numberFormat(APOSTROPHE, "."),
  "1'234,5": numberFormat(APOSTROPHE, ","),
};

const TIME = `(?:(?:T|,?${SPACE}+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:\\.[0-9]+)?)?(?:${SPACE}*(?<half>[AaPp])\\.?[Mm]\\.?)?)?`;
const DAY = "(?<day>[0-9]{1,2})";
const MONTH = "(?<month>[0-9]{1,2})";
const YEAR = "(?<year>[0-9]{4}|[0-9]{2})";
const NAMED = "(?<month>[A-Za-zä]{3,9})\\.?";
const LONG_YEAR = "(?<year>[0-9]{4})";
const ISO = "y-m-d";
const PATTERNS: Readonly<Record<string, string>> = {
  "d.m.y": `${DAY}\\.${SPACE}?${MONTH}\\.${SPACE}?${YEAR}`,
  "m/d/y": `${MONTH}/${DAY}/${YEAR}`,
  "d/m/y": `${DAY}/${MONTH}/${YEAR}`,
  "m-d-y": `${MONTH}-${DAY}-${YEAR}`,
  "d-m-y": `${DAY}-${MONTH}-${YEAR}`,
  [ISO]: `${LONG_YEAR}-${MONTH}-${DAY}`,
  "y/m/d": `${LONG_YEAR}/${MONTH}/${DAY}`,
  "y.m.d": `${LONG_YEAR}\\.${MONTH}\\.${DAY}`,
  "d mon y": `${DAY}\\.?[ \\-/]*${NAMED}[ \\-/,]+${YEAR}`,
  "mon d, y": `${NAMED}[ \\-/]*${DAY}(?:st|nd|rd|th)?,?[ \\-/]+${YEAR}`,
};
const DATES: Readonly<Record<string, RegExp>> = Object.fromEntries(
  Object.entries(PATTERNS).map(([name, pattern]) => [name, new RegExp(`^${pattern}${TIME}$`, "u")]),
);
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const OTHER_MONTHS: Readonly<Record<string, number>> = { mär: 3, mrz: 3, mai: 5, okt: 10, dez: 12 };
// Of a year of two digits: as in POSIX, 69 is 1969 and 68 is 2068.
const FIRST_SHORT_YEAR = 69;
const SECONDS_OF_DAY = 86_400;

/** The names of all formats. */
export const FORMATS: readonly string[] = [...Object.keys(NUMBERS), ...Object.keys(DATES)];

/** Return the number that a word is, written so; null where it is none. */
export function readNumber(word: string, format: string): number | null {
  const known = NUMBERS[format];
  if (!known?.pattern.test(word)) return null;
  const digits = word.replace(/^[^0-9.,]+|[^0-9.,]+$/g, "").replace(known.group, "").replace(known.decimal, ".");
  const value = Number(digits);
  return NEGATIVE.test(word) ? -value : value;
}

/** Return the time that a word is, written so, in seconds since 1970-01-01; null where it is none. */
export function readDate(word: string, format: string): number | null {
  const part = DATES[format]?.exec(word)?.groups;
  if (!part) return format === ISO ? readIso(word) : null;
  const year = Number(part["year"]), short = part["year"]!.length === 2, name = part["month"]!;
  const month = format.includes("mon") ? monthCalled(name) : Number(name);
  const hour = Number(part["hour"] ?? 0), half = part["half"]?.toLowerCase();
  const hours = half === undefined ? hour : (hour === 12 ? 0 : hour) + (half === "p" ? 12 : 0);
  const full = short ? year + (year < FIRST_SHORT_YEAR ? 2000 : 1900) : year;
  return seconds(full, month, Number(part["day"]), hours, Number(part["minute"] ?? 0), Number(part["second"] ?? 0));
}

function monthCalled(name: string): number {
  const start = name.toLowerCase().slice(0, 3), place = MONTHS.indexOf(start);
  return place >= 0 ? place + 1 : Object.hasOwn(OTHER_MONTHS, start) ? OTHER_MONTHS[start]! : 0;
}

/** Return the seconds since 1970-01-01; null where there is no such day or time. */
function seconds(year: number, month: number, day: number, hour: number, minute: number, second: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return null;
  return Math.round(date.getTime() / 1000) + hour * 3600 + minute * 60 + second;
}

const STAMP = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2})(?::?(\d{2})(?::?(\d{2})(\.\d{1,9})?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** Return a time as ISO 8601 has it, with a zone as the time that it is then in Greenwich; null where it is none. */
export function readIso(word: string, zones = true): number | null {
  const found = STAMP.exec(word);
  if (!found || (found[8] && !zones)) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((digits) => Number(digits ?? 0));
  const whole = seconds(year!, month!, day!, hour!, minute!, second!);
  if (whole === null) return null;
  const zone = /^([+-])(\d{2}):?(\d{2})?$/.exec(found[8] ?? ""), away = zone ? Number(zone[2]) * 3600 + Number(zone[3] ?? 0) * 60 : 0;
  return whole + Math.floor(Number(found[7] ?? 0) * 1e6) / 1e6 - (zone?.[1] === "-" ? -away : away);
}

/** The day of a time: days since 1970-01-01, the month from 1, and the day of the week from 1 for Monday to 7. */
export function dayOf(time: number): { days: number; month: number; weekday: number } {
  const days = time / SECONDS_OF_DAY, date = new Date(Math.floor(days) * SECONDS_OF_DAY * 1000);
  return { days, month: date.getUTCMonth() + 1, weekday: ((date.getUTCDay() + 6) % 7) + 1 };
}
