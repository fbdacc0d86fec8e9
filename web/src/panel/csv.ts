/** Tables that people drop or paste: separated by commas, semicolons or tabs, quoted where needed. */

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const SEPARATORS = [",", ";", "\t"] as const;
// More than a page can show and a browser hold at ease.
export const MOST_ROWS = 50_000;
const MOST_CHARACTERS = 50_000_000;

/** Return the fields of each line. */
function fields(text: string, separator: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [], field = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (letter === '"' && field === "") quoted = true;
    else if (letter === separator) {
      line.push(field);
      field = "";
    } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[at + 1] === "\n") at++;
      lines.push([...line, field]);
      [line, field] = [[], ""];
    } else field += letter;
  }
  if (field !== "" || line.length) lines.push([...line, field]);
  return lines.filter((of) => of.length > 1 || of[0] !== "");
}

/** Return the table of a text, whose first line names its columns. */
export function parseTable(text: string): Table {
  if (text.length > MOST_CHARACTERS) throw new RangeError("The file is larger than 50 MB: use chainrule predict.");
  const clean = text.replace(/^\uFEFF/, ""), first = clean.split(/\r?\n/, 1)[0] ?? "";
  const counts = SEPARATORS.map((separator) => fields(first, separator)[0]?.length ?? 0);
  const [header, ...rows] = fields(clean, SEPARATORS[counts.indexOf(Math.max(...counts))]!);
  if (!header || !rows.length) throw new RangeError("Found no rows: the first line names the columns, and each line below is a row.");
  if (rows.length > MOST_ROWS) throw new RangeError(`Found ${rows.length} rows, more than the ${MOST_ROWS} that this page takes: use chainrule predict.`);
  const odd = rows.findIndex((row) => row.length !== header.length);
  if (odd >= 0) throw new RangeError(`Row ${odd} has ${rows[odd]!.length} fields, but the first line names ${header.length} columns.`);
  const twice = header.find((name, at) => header.indexOf(name) !== at);
  if (twice !== undefined) throw new RangeError(`Two columns are named ${twice}: rename one of them.`);
  return { header, rows };
}

// How a cell begins that a spreadsheet would compute; a number may begin so too.
const COMPUTED = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?$/;

/** Return a table as CSV, in which no cell is one that a spreadsheet computes. */
export function toCsv(lines: readonly (readonly string[])[]): string {
  const cell = (of: string): string => {
    const safe = COMPUTED.test(of) && !PLAIN_NUMBER.test(of) ? `'${of}` : of;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return lines.map((line) => `${line.map(cell).join(",")}\n`).join("");
}
