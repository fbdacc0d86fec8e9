/** Vectors and matrices as plain rows of numbers: what is shown number by number is small. */

export type Vector = readonly number[];
export type Rows = readonly Vector[];

/** Return `v · M`, a row vector times a matrix of as many rows. */
export function times(v: Vector, m: Rows): number[] {
  const width = m[0]?.length ?? 0;
  return Array.from({ length: width }, (_, column) => v.reduce((sum, value, row) => sum + value * m[row]![column]!, 0));
}

export function transposed(m: Rows): number[][] {
  return Array.from({ length: m[0]?.length ?? 0 }, (_, column) => m.map((row) => row[column]!));
}

export function diagonal(v: Vector): number[][] {
  return v.map((value, row) => v.map((_, column) => (row === column ? value : 0)));
}

export function identity(size: number): number[][] {
  return diagonal(Array<number>(size).fill(1));
}

export function largest(v: Vector): number {
  return v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

export function sum(v: Vector): number {
  return v.reduce((total, value) => total + value, 0);
}

export function dot(a: Vector, b: Vector): number {
  return a.reduce((total, value, place) => total + value * b[place]!, 0);
}
