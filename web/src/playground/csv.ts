/**
 * A CSV file to rows: read, then each column found to be numbers or categories, then encoded.
 *
 * 1. The separator is the one of `, ; tab |` that gives the most fields in the first line.
 * 2. Numbers are standardised with the mean and deviation of the training rows; a missing one becomes the mean.
 * 3. Categories become one input for each level (0 or 1); a column with more levels than that is left out, and said.
 */

import { heldOutRows, MOST_CLASSES } from "./datasets";
import type { Dataset } from "./store";

export const MOST_CSV_ROWS = 50_000;
export const MOST_CSV_COLUMNS = 100;
/** Levels up to which a column of words becomes inputs. */
const MOST_LEVELS = 12;
const MOST_INPUTS = 200;
const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-"]);
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

export interface Table {
  names: string[];
  /** Cells of each column. */
  cells: string[][];
  rows: number;
}

/** A user's mistake, said in one sentence. */
export class Refused extends Error {}

/** Return the fields of each line of a file, quoted ones included (RFC 4180). */
function* lines(text: string, separator: string): Generator<string[]> {
  let fields: string[] = [];
  let place = 0;
  while (place < text.length) {
    let field: string;
    if (text[place] === '"') {
      [field, place] = quoted(text, place + 1);
    } else {
      let end = place;
      while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
      field = text.slice(place, end);
      place = end;
    }
    fields.push(field.trim());
    if (text[place] === separator) {
      place += 1;
      if (place < text.length) continue;
      fields.push("");
    }
    if (text[place] === "\r") place += 1;
    if (text[place] === "\n") place += 1;
    if (fields.length > 1 || fields[0] !== "") yield fields;
    fields = [];
  }
}

/** Return a quoted field and the place after what follows its closing quote up to the end of the field. */
function quoted(text: string, start: number): [string, number] {
  const parts: string[] = [];
  let place = start;
  for (;;) {
    const end = text.indexOf('"', place);
    if (end < 0) throw new Refused("The file has a quotation mark that is never closed: add the missing one.");
    parts.push(text.slice(place, end));
    if (text[end + 1] !== '"') return [parts.join(""), afterQuote(text, end + 1)];
    parts.push('"');
    place = end + 2;
  }
}

function afterQuote(text: string, start: number): number {
  let place = start;
  while (place < text.length && (text[place] === " " || text[place] === "\t")) place += 1;
  return place;
}

function separatorOf(text: string): string {
  const first = text.slice(0, text.search(/\r|\n|$/));
  const counts = [",", ";", "\t", "|"].map((candidate) => first.split(candidate).length);
  return [",", ";", "\t", "|"][counts.indexOf(Math.max(...counts))]!;
}

/** Return the table that a CSV file holds; its first line names the columns. */
export function parseCsv(text: string): Table {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (plain.includes("\0")) throw new Refused("The file is not text: choose a CSV file with one row on each line.");
  const all = lines(plain, separatorOf(plain));
  const head = all.next().value as string[] | undefined;
  if (!head) throw new Refused("The file is empty: choose a CSV file with a line of names and one row on each line.");
  if (head.length < 2) throw new Refused("The file has one column: it needs at least one input and the classes.");
  if (head.length > MOST_CSV_COLUMNS)
    throw new Refused(`The file has ${head.length} columns: the playground takes at most ${MOST_CSV_COLUMNS}.`);
  const names = head.map((name, i) => name.slice(0, 80) || `column ${i + 1}`);
  const cells: string[][] = names.map(() => []);
  let rows = 0;
  for (const fields of all) {
    rows += 1;
    if (fields.length !== names.length)
      throw new Refused(`Row ${rows} has ${fields.length} fields and the first line ${names.length}: make them equal.`);
    if (rows > MOST_CSV_ROWS)
      throw new Refused(`The file has more than ${MOST_CSV_ROWS.toLocaleString("en")} rows: take a sample of them.`);
    fields.forEach((field, i) => cells[i]!.push(field));
  }
  if (rows < 4) throw new Refused(`The file has ${rows} rows below its line of names: it needs at least 4.`);
  return { names, cells, rows };
}

const isMissing = (cell: string): boolean => MISSING.has(cell.toLowerCase());

function isNumeric(cells: readonly string[]): boolean {
  let found = false;
  for (const cell of cells) {
    if (isMissing(cell)) continue;
    if (!NUMBER.test(cell) || !Number.isFinite(Number(cell))) return false;
    found = true;
  }
  return found;
}

/** Return the columns that can be the target: those of 2 to 10 different values. */
export function targets(table: Table): string[] {
  return table.names.filter((_, i) => {
    const levels = new Set(table.cells[i]!);
    return levels.size >= 2 && levels.size <= MOST_CLASSES;
  });
}

interface Input {
  name: string;
  mean: number;
  sd: number;
  values: Float64Array;
}

function numberInput(name: string, cells: readonly string[], held: Uint8Array): Input[] {
  const values = Float64Array.from(cells, (cell) => (isMissing(cell) ? Number.NaN : Number(cell)));
  let total = 0;
  let count = 0;
  values.forEach((value, i) => {
    if (held[i] || Number.isNaN(value)) return;
    count += 1;
    total += (value - total) / count;
  });
  let squares = 0;
  values.forEach((value, i) => {
    if (!held[i] && !Number.isNaN(value)) squares += (value - total) ** 2 / count;
  });
  const sd = Math.sqrt(squares);
  if (!(sd > 0 && Number.isFinite(sd))) return [];
  return [{ name, mean: total, sd, values: values.map((v) => (Number.isNaN(v) ? 0 : (v - total) / sd)) }];
}

function levelInputs(name: string, cells: readonly string[]): Input[] {
  const levels = [...new Set(cells)].sort();
  if (levels.length < 2 || levels.length > MOST_LEVELS) return [];
  const kept = levels.length === 2 ? levels.slice(1) : levels;
  return kept.map((level) => ({
    name: `${name} = ${level || "(missing)"}`.slice(0, 120),
    mean: 0,
    sd: 1,
    values: Float64Array.from(cells, (cell) => (cell === level ? 1 : 0)),
  }));
}

/** Return the rows of a table with one of its columns as target, and a sentence for what was left out. */
export function encoded(table: Table, target: string, share: number, seed: number): [Dataset, string] {
  const place = table.names.indexOf(target);
  const words = table.cells[place];
  if (!words) throw new Refused(`The file has no column ${target}.`);
  const classes = [...new Set(words)].sort();
  if (classes.length < 2 || classes.length > MOST_CLASSES)
    throw new Refused(`Column ${target} has ${classes.length} different values: a target needs 2 to ${MOST_CLASSES}.`);
  const held = heldOutRows(table.rows, share, seed);
  const inputs: Input[] = [];
  const left: string[] = [];
  table.cells.forEach((cells, i) => {
    if (i === place) return;
    const name = table.names[i]!;
    const made = isNumeric(cells) ? numberInput(name, cells, held) : levelInputs(name, cells);
    if (made.length && inputs.length + made.length <= MOST_INPUTS) inputs.push(...made);
    else left.push(name);
  });
  if (inputs.length === 0) throw new Refused(`No column besides the target can be used: add one with different numbers, or with 2 to ${MOST_LEVELS} categories.`);
  const x = new Float64Array(table.rows * inputs.length);
  inputs.forEach((input, i) => input.values.forEach((value, row) => (x[row * inputs.length + i] = value)));
  const codes = new Map(classes.map((name, i) => [name, i]));
  const dataset: Dataset = {
    kind: "own",
    title: "Your rows",
    columns: inputs.map((input) => input.name),
    means: inputs.map((input) => input.mean),
    sds: inputs.map((input) => input.sd),
    classes: classes.map((name) => name.slice(0, 80) || "(missing)"),
    rows: table.rows,
    x,
    labels: Uint8Array.from(words, (word) => codes.get(word)!),
    heldOut: held,
  };
  const note = left.length
    ? `Left out, because they are constant or have more than ${MOST_LEVELS} levels: ${left.slice(0, 5).join(", ")}${left.length > 5 ? " and others" : ""}.`
    : "";
  return [dataset, note];
}
