/** What the panel is about: a model, the row that is asked about, and the one that it is compared with. */
import { computed, signal } from "@preact/signals";
import { Model, type Cell, type ColumnDescription, type ModelDescription, type NumberColumn } from "../kernel";

export interface PanelData {
  readonly title: string;
  readonly model: ModelDescription;
  readonly baseline: readonly number[] | null;
  readonly example: Readonly<Record<string, Cell>>;
}

export type NamedRow = Readonly<Record<string, Cell>>;

// Standard deviations from the mean that a slider goes.
const SLIDER_SPREAD = 3;
// Points of the curve of a number.
const CURVE_POINTS = 41;
// Words of a category in its curve.
const MOST_WORDS = 24;
const SECONDS_OF_DAY = 86_400;

export interface Curve {
  /** Where each point is: a number, or the place of a word. */
  readonly at: readonly number[];
  readonly words: readonly string[] | null;
  /** Of each point, the probability of each class. */
  readonly probabilities: readonly (readonly number[])[];
  /** Where the row itself is, or null. */
  readonly here: number | null;
}

/** Return the numbers that a slider goes between. */
export function range(column: NumberColumn): [number, number] {
  if (column.edges.length) return [column.edges[0]!, column.edges[column.edges.length - 1]!];
  return [column.mean - SLIDER_SPREAD * column.scale, column.mean + SLIDER_SPREAD * column.scale];
}

/** Return whether a column is one of whole numbers, as far as its bins tell: a slider then goes from one to the next. */
export const whole = (column: NumberColumn): boolean => column.edges.length > 0 && column.edges.every(Number.isInteger);

/** Return a number in few digits, as its column writes it. */
export function written(value: number, format: string): string {
  const text = String(Number(value.toPrecision(5)));
  return format.endsWith(",5") ? text.replace(".", ",") : text;
}

/** Return a day as ISO 8601 has it. */
export function isoDay(days: number): string {
  return new Date(Math.round(days) * SECONDS_OF_DAY * 1000).toISOString().slice(0, 10);
}

/** All that a panel holds. */
export function panelState(data: PanelData) {
  const model = new Model(data.model), row = signal<NamedRow>(data.example), kept = signal<NamedRow | null>(null);
  const columns: readonly ColumnDescription[] = model.encoder
    ? model.encoder.columns
    : model.inputs.map((name, i) => numberColumn(name, data.model.standardizer.mean[i]!, data.model.standardizer.scale[i]!));
  const varied = signal(columns[0]!.name), asked = signal<number | null>(null);

  const answer = computed(() => attempt(() => model.predict([row.value])[0]!));
  const before = computed(() => (kept.value ? attempt(() => model.predict([kept.value!])[0]!).value : null));
  /** The class that is explained: the one asked for, else the likeliest. */
  const explained = computed(() => {
    const found = answer.value.value;
    return asked.value ?? (found ? model.classes.indexOf(found.label) : 0);
  });
  const contributions = computed(() => attempt(() => model.contributions(row.value, explained.value, data.baseline)));
  const chain = computed(() =>
    attempt(() => {
      const inputs = model.encode([row.value]);
      return { inputs, ...model.chain(model.standardized(inputs), explained.value) };
    }),
  );
  const curve = computed(() => attempt(() => curveOf(model, row.value, columns.find((column) => column.name === varied.value)!)));
  const change = (name: string, cell: Cell): void => {
    row.value = withCell(row.value, name, cell);
  };
  return { data, model, columns, row, kept, varied, asked, answer, before, explained, contributions, chain, curve, change };
}

export type PanelState = ReturnType<typeof panelState>;

/** A row with another cell; a column may be called __proto__, so that it is no plain assignment. */
function withCell(row: NamedRow, name: string, cell: Cell): NamedRow {
  return Object.fromEntries([...Object.entries(row).filter(([known]) => known !== name), [name, cell]]);
}

function numberColumn(name: string, mean: number, scale: number): NumberColumn {
  return { kind: "number", name, mean, scale, missing: false, written: "", clipped: false, edges: [], bin_means: [] };
}

export interface Attempt<T> {
  readonly value: T | null;
  readonly error: string | null;
}

function attempt<T>(make: () => T): Attempt<T> {
  try {
    return { value: make(), error: null };
  } catch (error) {
    return { value: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Return the ends of a curve: as far as the row, where that lies beyond the slider's by no more than their distance. */
function around([low, high]: readonly [number, number], here: number | null): [number, number] {
  if (here === null || here < low - (high - low) || here > high + (high - low)) return [low, high];
  return [Math.min(low, here), Math.max(high, here)];
}

function curveOf(model: Model, row: NamedRow, column: ColumnDescription): Curve | null {
  const along = (cells: readonly Cell[]): (readonly number[])[] =>
    model.predict(cells.map((cell) => withCell(row, column.name, cell))).map((found) => found.probabilities);
  if (column.kind === "number" || column.kind === "date") {
    const here = placeOf(model, row, column), [low, high] = around(range(column.kind === "number" ? column : column.days), here);
    const at = Array.from({ length: CURVE_POINTS }, (_, point) => low + ((high - low) * point) / (CURVE_POINTS - 1));
    const cells: Cell[] = column.kind === "number" ? at : at.map(isoDay);
    return { at, words: null, probabilities: along(cells), here };
  }
  if (column.kind === "text") return null;
  const words = column.words.slice(0, MOST_WORDS), cell = String(row[column.name] ?? "");
  return { at: words.map((_, place) => place), words, probabilities: along(words), here: words.includes(cell) ? words.indexOf(cell) : null };
}

/** Return the number or day that a row has in a column, which its input tells; null where it is missing. */
export function placeOf(model: Model, row: NamedRow, column: ColumnDescription): number | null {
  const of = column.kind === "date" ? column.days : column;
  if (of.kind !== "number") return null;
  const z = inputOf(model, row, column.name);
  if (z === null) return null;
  const unclipped = of.clipped ? z / Math.sqrt(Math.max(1 - (z / 3) ** 2, 1e-12)) : model.encoder ? z : (z - of.mean) / of.scale;
  return of.mean + of.scale * unclipped;
}

/** Return the first input of a column, null where the cell is missing or cannot be read. */
function inputOf(model: Model, row: NamedRow, name: string): number | null {
  const cell = row[name];
  if (model.encoder ? model.encoder.isMissing(cell) : cell === null || cell === undefined || cell === "") return null;
  const place = model.columns.indexOf(name), start = model.widths.slice(0, place).reduce((sum, width) => sum + width, 0);
  return attempt(() => model.encode([row]).data[start]!).value;
}
