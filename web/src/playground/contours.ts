/**
 * Lines of equal value on a grid: marching squares, each crossing placed by linear interpolation.
 *
 * Source: W. Lorensen, H. Cline, "Marching cubes", SIGGRAPH 1987, in two dimensions.
 */

/** Call `draw(x0, y0, x1, y1)` for each piece of the line where `value(i)` is zero, in units of the grid's cells. */
export function zeroLines(
  side: number,
  value: (i: number) => number,
  draw: (x0: number, y0: number, x1: number, y1: number) => void,
): void {
  const crossings: number[] = [];
  for (let row = 0; row + 1 < side; row += 1) {
    for (let column = 0; column + 1 < side; column += 1) {
      const at = row * side + column;
      const a = value(at);
      const b = value(at + 1);
      const c = value(at + side + 1);
      const d = value(at + side);
      const above = (a > 0 ? 1 : 0) + (b > 0 ? 1 : 0) + (c > 0 ? 1 : 0) + (d > 0 ? 1 : 0);
      if (above === 0 || above === 4) continue;
      crossings.length = 0;
      if (a > 0 !== b > 0) crossings.push(column + a / (a - b), row);
      if (b > 0 !== c > 0) crossings.push(column + 1, row + b / (b - c));
      if (c > 0 !== d > 0) crossings.push(column + d / (d - c), row + 1);
      if (d > 0 !== a > 0) crossings.push(column, row + a / (a - d));
      for (let i = 0; i + 3 < crossings.length; i += 4)
        draw(crossings[i]!, crossings[i + 1]!, crossings[i + 2]!, crossings[i + 3]!);
    }
  }
}
