/** Matrices, row after row, and the one product that everything is made of. */

/** A matrix: number (r, c) is `data[r * columns + c]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** An array of any number of axes, the last of which runs fastest. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What a network does not accept: sizes that do not fit together. */
export class MismatchError extends Error {
  override name = "MismatchError";
}

/** Return a matrix of these numbers, row after row; of zeros where none are given. */
export function matrix(rows: number, columns: number, data?: ArrayLike<number>): Matrix {
  const size = rows * columns;
  if (data !== undefined && data.length !== size) {
    throw new MismatchError(`A matrix of ${rows} rows and ${columns} columns has ${size} numbers, found ${data.length}.`);
  }
  const numbers = data === undefined ? new Float64Array(size) : data instanceof Float64Array ? data : Float64Array.from(data);
  return { rows, columns, data: numbers };
}

/** Return a matrix of rows that are written as arrays. */
export function fromRows(rows: ArrayLike<ArrayLike<number>>): Matrix {
  const columns = rows.length ? rows[0]!.length : 0;
  const result = matrix(rows.length, columns);
  for (let r = 0; r < rows.length; r++) {
    if (rows[r]!.length !== columns) {
      throw new MismatchError(`Rows must be of equal length, found ${columns} numbers in row 0 and ${rows[r]!.length} in row ${r}.`);
    }
    result.data.set(rows[r]!, r * columns);
  }
  return result;
}

/** Return an array of zeros of this shape. */
export function tensor(...shape: number[]): Tensor {
  return { shape, data: new Float64Array(shape.reduce((size, length) => size * length, 1)) };
}

/** Return `out` where it is given, else a matrix of zeros. */
export function room(rows: number, columns: number, out?: Matrix): Matrix {
  return out ?? matrix(rows, columns);
}

/** Return the same numbers as a matrix of another number of rows. */
export function reshaped(x: Matrix, rows: number): Matrix {
  return { rows, columns: rows ? x.data.length / rows : x.columns, data: x.data };
}

/** Return the largest number of row `r`. */
export function rowMaximum(x: Matrix, r: number): number {
  let largest = -Infinity;
  for (let i = r * x.columns, end = i + x.columns; i < end; i++) if (x.data[i]! > largest) largest = x.data[i]!;
  return largest;
}

/** Where the numbers of a matrix lie in an array: the first, and how far the next row is from it. */
export interface Place {
  readonly data: Float64Array;
  readonly start: number;
  readonly stride: number;
}

/**
 * Write the scalar products of the rows of `a` (m, k) with the rows of `b` (n, k) into `out` (m, n): `A Bᵀ`.
 *
 * Two rows by four are summed at once: as many sums as stay in registers, and each number that is read serves several.
 */
function rowProducts(a: Place, b: Place, out: Place, m: number, n: number, k: number): void {
  let i = 0;
  for (; i + 1 < m; i += 2) {
    let j = 0;
    for (; j + 3 < n; j += 4) tile(a, b, out, i, j, k);
    for (; j < n; j++) for (let r = i; r < i + 2; r++) out.data[out.start + r * out.stride + j] = rowProduct(a, b, r, j, k);
  }
  for (; i < m; i++) for (let j = 0; j < n; j++) out.data[out.start + i * out.stride + j] = rowProduct(a, b, i, j, k);
}

function rowProduct(a: Place, b: Place, i: number, j: number, k: number): number {
  const x = a.data, y = b.data;
  let sum = 0;
  for (let p = a.start + i * a.stride, q = b.start + j * b.stride, end = p + k; p < end; p++, q++) sum += x[p]! * y[q]!;
  return sum;
}

function tile(a: Place, b: Place, out: Place, i: number, j: number, k: number): void {
  const x = a.data, y = b.data, z = out.data;
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let p0 = a.start + i * a.stride, p1 = p0 + a.stride;
  let q0 = b.start + j * b.stride, q1 = q0 + b.stride, q2 = q1 + b.stride, q3 = q2 + b.stride;
  for (const end = p0 + k; p0 < end; p0++, p1++, q0++, q1++, q2++, q3++) {
    const y0 = y[q0]!, y1 = y[q1]!, y2 = y[q2]!, y3 = y[q3]!, x0 = x[p0]!, x1 = x[p1]!;
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
  }
  const o0 = out.start + i * out.stride + j, o1 = o0 + out.stride;
  z[o0] = s00; z[o0 + 1] = s01; z[o0 + 2] = s02; z[o0 + 3] = s03;
  z[o1] = s10; z[o1 + 1] = s11; z[o1 + 2] = s12; z[o1 + 3] = s13;
}

// Memory for transposed matrices, used again by each product: there is one thread.
const memory: Float64Array[] = [new Float64Array(0), new Float64Array(0)];

/** Return the transpose of a matrix of `m` rows and `n` columns, in memory that the next one of the same `slot` takes. */
function transposed(a: Place, m: number, n: number, slot: 0 | 1): Place {
  if (memory[slot]!.length < m * n) memory[slot] = new Float64Array(m * n);
  const from = a.data, to = memory[slot]!;
  for (let i = 0; i < m; i++) {
    for (let j = 0, p = a.start + i * a.stride, q = i; j < n; j++, p++, q += m) to[q] = from[p]!;
  }
  return { data: to, start: 0, stride: m };
}

/** A matrix that is multiplied, or the transpose of one. */
export interface Operand {
  readonly place: Place;
  readonly rows: number;
  readonly columns: number;
  readonly turned: boolean;
}

/** Writes the product of `a` (m, k) and `b` (k, n) into `out` (m, n). */
export type Products = (a: Operand, b: Operand, out: Place, m: number, n: number, k: number) => void;

/** Multiplications from which on a compiled product is worth copying its operands. */
const LEAST_COMPILED = 200_000;
let compiled: Products | null = null;

/** Make large products by this from now on: it must give the same bits. */
export function compileProducts(by: Products | null): void {
  compiled = by;
}

/** Write the product of two matrices into `out`. */
export function multiply(a: Operand, b: Operand, out: Place): void {
  const [m, k] = a.turned ? [a.columns, a.rows] : [a.rows, a.columns], n = b.turned ? b.rows : b.columns;
  if (compiled && m * n * k >= LEAST_COMPILED) return compiled(a, b, out, m, n, k);
  const left = a.turned ? transposed(a.place, a.rows, a.columns, 0) : a.place;
  rowProducts(left, b.turned ? b.place : transposed(b.place, b.rows, b.columns, 1), out, m, n, k);
}

/** Return where the numbers of a whole matrix lie. */
export function place(x: Matrix, start = 0): Place {
  return { data: x.data, start, stride: x.columns };
}
