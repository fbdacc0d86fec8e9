/**
 * The table encoder of a saved model: a row as people write it becomes the inputs of the network, as in `chainrule.tables`.
 *
 * What each column does is told by the description that `chainrule export --to json` writes; its `reading` says it in words.
 */
import { dayOf, readDate, readIso, readNumber } from "./formats";

/** What stands in a cell of a table: words as people write them, or a number or truth value; nothing where it is missing. */
export type Cell = string | number | boolean | null | undefined;

export interface NumberColumn {
  readonly kind: "number";
  readonly name: string;
  readonly mean: number;
  readonly scale: number;
  readonly missing: boolean;
  readonly written: string;
  readonly clipped: boolean;
  readonly edges: readonly number[];
  readonly bin_means: readonly number[];
}

export interface CategoryColumn {
  readonly kind: "category";
  readonly name: string;
  readonly words: readonly string[];
  readonly rare: boolean;
  readonly missing: boolean;
}

export interface DateColumn {
  readonly kind: "date";
  readonly name: string;
  readonly days: NumberColumn;
  readonly month: CategoryColumn;
  readonly weekday: CategoryColumn;
  readonly written: string;
}

export interface TextColumn {
  readonly kind: "text";
  readonly name: string;
  readonly terms: readonly string[];
  readonly idf: readonly number[];
}

export interface TargetColumn {
  readonly kind: "target statistics";
  readonly name: string;
  readonly classes: readonly string[];
  readonly words: readonly string[];
  readonly shares: readonly (readonly number[])[];
  readonly prior: readonly number[];
  readonly scale: readonly number[];
}

export type ColumnDescription = NumberColumn | CategoryColumn | DateColumn | TextColumn | TargetColumn;

// Words that say that a value is missing where all others of the column are numbers or dates.
const MISSING_NUMBERS: ReadonlySet<string> = new Set([".", "-"]);
// Where smooth clipping ends, and a number so far out that it is clipped to that to the last digit.
const SMOOTH_LIMIT = 3;
const FAR = 1e100;
// Numbers in words, as a float is written; infinity is one, and refused.
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
// Letters and digits of any script that stand together, at least two: scikit-learn's terms.
const TERMS = /[\p{L}\p{N}_]{2,}/gu;
// Characters of a word in a message.
const SHOWN = 40;

/** What a row holds that the model cannot read. */
export class RowError extends Error {
  override name = "RowError";
}

/** Return a word as a message shows it. */
export function shown(word: string): string {
  return word.length > SHOWN ? `${word.slice(0, SHOWN)}...` : word;
}

/** Turns rows of a table into inputs. */
export class Encoder {
  /** How many inputs each column becomes. */
  readonly widths: readonly number[];
  readonly size: number;
  private readonly missingWords: ReadonlySet<string>;
  private readonly places = new Map<readonly string[], ReadonlyMap<string, number>>();

  constructor(readonly columns: readonly ColumnDescription[], missingWords: readonly string[]) {
    this.missingWords = new Set(missingWords);
    this.widths = columns.map(widthOf);
    this.size = this.widths.reduce((sum, width) => sum + width, 0);
  }

  /** Return the inputs of a row, given by names of columns. `number` names the row in messages. */
  encode(row: Readonly<Record<string, Cell>>, number = 0): Float64Array {
    const inputs = new Float64Array(this.size);
    let place = 0;
    this.columns.forEach((column, at) => {
      if (!Object.hasOwn(row, column.name)) throw new RowError(`Row ${number} has no column ${shown(column.name)}, which the model needs.`);
      this.fill(column, row[column.name], inputs.subarray(place, place + this.widths[at]!), number);
      place += this.widths[at]!;
    });
    return inputs;
  }

  /** Return whether the model takes a cell as missing. */
  isMissing(cell: Cell): boolean {
    return cell === null || cell === undefined || Number.isNaN(cell) || (typeof cell === "string" && this.missingWords.has(cell));
  }

  private fill(column: ColumnDescription, cell: Cell, inputs: Float64Array, row: number): void {
    if (column.kind === "number") fillNumber(column, this.number(column, cell, row), inputs);
    else if (column.kind === "category") this.fillCategory(column, this.word(cell), inputs);
    else if (column.kind === "date") this.fillDate(column, cell, inputs, row);
    else if (column.kind === "text") fillText(column, this.word(cell) ?? "", this.placesOf(column.terms), inputs);
    else this.fillTarget(column, this.word(cell), inputs);
  }

  /** Return a cell as a word, null where it is missing. */
  private word(cell: Cell): string | null {
    return this.isMissing(cell) ? null : String(cell);
  }

  /** Return the number that a cell is, NaN where it is missing. */
  private number(column: NumberColumn, cell: Cell, row: number): number {
    const value = typeof cell === "string" ? this.numberIn(cell, column, row) : this.isMissing(cell) ? NaN : Number(cell);
    if (value === Infinity || value === -Infinity) {
      throw new RowError(`Column ${shown(column.name)} must hold finite numbers, found ${cell} in row ${row}.`);
    }
    return value;
  }

  private numberIn(cell: string, column: NumberColumn, row: number): number {
    const word = trimmed(cell);
    if (this.missingWords.has(cell) || MISSING_NUMBERS.has(word) || (column.written && this.missingWords.has(word))) return NaN;
    if (column.written) {
      const value = readNumber(word, column.written);
      if (value === null) throw unreadable(column.name, `numbers written like ${column.written}`, cell, row);
      return value;
    }
    if (NOT_A_NUMBER.test(word)) return NaN;
    if (INFINITE.test(word)) return Infinity;
    if (!FLOAT.test(word)) throw unreadable(column.name, "numbers", cell, row);
    return Number(word);
  }

  /** Return the place of each word of a column, kept from row to row. */
  private placesOf(words: readonly string[]): ReadonlyMap<string, number> {
    let known = this.places.get(words);
    if (!known) {
      known = new Map(words.map((word, place) => [word, place]));
      this.places.set(words, known);
    }
    return known;
  }

  private fillCategory(column: CategoryColumn, word: string | null, inputs: Float64Array): void {
    const levels = column.words.length, place = word === null ? undefined : this.placesOf(column.words).get(word);
    if (place !== undefined) inputs[place] = 1;
    else if (word === null && column.missing) inputs[levels + (column.rare ? 1 : 0)] = 1;
    else if (word !== null && column.rare) inputs[levels] = 1;
  }

  private fillTarget(column: TargetColumn, word: string | null, inputs: Float64Array): void {
    const levels = column.words.length, place = word === null ? levels : this.placesOf(column.words).get(word);
    if (place === undefined) return; // a word never seen has the share of all rows, which is 0 here
    column.prior.forEach((prior, c) => (inputs[c] = (column.shares[place]![c]! - prior) / column.scale[c]!));
  }

  private fillDate(column: DateColumn, cell: Cell, inputs: Float64Array, row: number): void {
    const time = this.time(column, cell, row), day = time === null ? null : dayOf(time);
    const [days, month] = [widthOf(column.days), widthOf(column.month)];
    fillNumber(column.days, day ? day.days : NaN, inputs.subarray(0, days));
    this.fillCategory(column.month, day && String(day.month), inputs.subarray(days, days + month));
    this.fillCategory(column.weekday, day && String(day.weekday), inputs.subarray(days + month));
  }

  /** Return a cell as a time in seconds, null where it is missing. */
  private time(column: DateColumn, cell: Cell, row: number): number | null {
    if (this.isMissing(cell)) return null;
    const given = String(cell), word = column.written ? trimmed(given) : given;
    if (column.written && (MISSING_NUMBERS.has(word) || this.missingWords.has(word))) return null;
    // a date as ISO 8601 has it is taken however others are written: it can be read in one way alone
    const time = column.written ? (readDate(word, column.written) ?? readIso(word)) : readIso(word, false);
    if (time === null) throw unreadable(column.name, column.written ? `dates written like ${column.written}` : "dates such as 2024-01-31", given, row);
    return time;
  }
}

function trimmed(word: string): string {
  return word.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
}

function unreadable(column: string, what: string, cell: string, row: number): RowError {
  return new RowError(`Column ${shown(column)} must hold ${what}, as in the training data, found ${JSON.stringify(shown(cell))} in row ${row}.`);
}

/** Return how many inputs a column becomes. */
export function widthOf(column: ColumnDescription): number {
  if (column.kind === "number") return 1 + (column.missing ? 1 : 0) + column.bin_means.length;
  if (column.kind === "category") return column.words.length + (column.rare ? 1 : 0) + (column.missing ? 1 : 0);
  if (column.kind === "date") return widthOf(column.days) + widthOf(column.month) + widthOf(column.weekday);
  return column.kind === "text" ? column.terms.length : column.classes.length;
}

function fillNumber(column: NumberColumn, x: number, inputs: Float64Array): void {
  if (Number.isNaN(x)) {
    if (column.missing) inputs[1] = 1;
    return;
  }
  const z = (x - column.mean) / column.scale, first = 1 + (column.missing ? 1 : 0);
  inputs[0] = column.clipped ? clippedSmoothly(z) : z;
  column.bin_means.forEach((mean, bin) => {
    const start = column.edges[bin]!, end = column.edges[bin + 1]!;
    inputs[first + bin] = (Math.min(Math.max(x, start), end) - start) / (end - start) - mean;
  });
}

/** Return `z / √(1 + (z / 3)²)`. */
function clippedSmoothly(z: number): number {
  const of = Math.min(Math.max(z, -FAR), FAR);
  return of / Math.sqrt(1 + (of / SMOOTH_LIMIT) ** 2);
}

function fillText(column: TextColumn, text: string, places: ReadonlyMap<string, number>, inputs: Float64Array): void {
  for (const term of text.toLowerCase().match(TERMS) ?? []) {
    const place = places.get(term);
    if (place !== undefined) inputs[place]! += 1;
  }
  let squares = 0;
  for (let p = 0; p < inputs.length; p++) {
    if (inputs[p]) inputs[p] = (1 + Math.log(inputs[p]!)) * column.idf[p]!;
    squares += inputs[p]! * inputs[p]!;
  }
  const length = Math.sqrt(squares);
  if (length) for (let p = 0; p < inputs.length; p++) inputs[p]! /= length;
}
