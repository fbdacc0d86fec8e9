/** Large products of matrices in WebAssembly: the compiled kernel of the Python package, to the same bits as `matrix.ts`. */
import { compileProducts, type Operand, type Place } from "./matrix";
import { PRODUCTS } from "./products_wasm";

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 65_536;
/** Numbers behind each matrix: whole vectors are read. */
const BEHIND = 4;
/** Numbers of two vectors: the product needs as many beside its operands for each term and for each row of a tile. */
const TWO_VECTORS = 4;
/** Rows of the tallest tile: TALLEST in products.h. */
const ROWS_OF_A_TILE = 4;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  multiply(m: number, n: number, terms: number, a: number, aRow: number, aStep: number, b: number, bRow: number, bColumn: number, c: number, memory: number): void;
}

/** Make large products in WebAssembly from now on; return false where the browser has none, or the page must not use it. */
export function useCompiledProducts(): boolean {
  let exports: Exports;
  try {
    const bytes = Uint8Array.from(atob(PRODUCTS), (letter) => letter.charCodeAt(0));
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
  } catch {
    return false;
  }
  const { memory, multiply } = exports, first = Math.ceil(Number(exports.__heap_base.value) / 16) * 2;
  let numbers = new Float64Array(memory.buffer);
  compileProducts((a, b, out, m, n, k) => {
    const atB = first + m * k + BEHIND, atC = atB + k * n + BEHIND, rest = atC + m * n + BEHIND, end = rest + TWO_VECTORS * (k + ROWS_OF_A_TILE);
    if (end > numbers.length) {
      memory.grow(Math.ceil((8 * (end - numbers.length)) / PAGE));
      numbers = new Float64Array(memory.buffer);
    }
    copy(a, numbers, first);
    copy(b, numbers, atB);
    const [aRow, aStep] = a.turned ? [1, a.columns] : [a.columns, 1], [bRow, bColumn] = b.turned ? [1, b.columns] : [b.columns, 1];
    multiply(m, n, k, 8 * first, aRow, aStep, 8 * atB, bRow, bColumn, 8 * atC, 8 * rest);
    copyOut(numbers, atC, out, m, n);
  });
  return true;
}

/** Copy the numbers of an operand, row behind row. */
function copy({ place: { data, start, stride }, rows, columns }: Operand, to: Float64Array, at: number): void {
  if (stride === columns) to.set(data.subarray(start, start + rows * columns), at);
  else for (let r = 0; r < rows; r++) to.set(data.subarray(start + r * stride, start + r * stride + columns), at + r * columns);
}

function copyOut(from: Float64Array, at: number, { data, start, stride }: Place, rows: number, columns: number): void {
  if (stride === columns) data.set(from.subarray(at, at + rows * columns), start);
  else for (let r = 0; r < rows; r++) data.set(from.subarray(at + r * columns, at + (r + 1) * columns), start + r * stride);
}
