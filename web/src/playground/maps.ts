/** What every unit of a network gives over the plane of the map. */

import type { Matrix, Workspace } from "../kernel";
import { probabilitiesOf } from "./model";
import type { Run } from "./run";
import type { Frame } from "./store";
import type { Plane } from "./view";

/** Points along a side of the maps that answer anything but a wish for finer ones: they are there at once. */
export const COARSE = 48;

/** The inputs at the points of a grid, kept while plane and grid stay the same. */
export class GridInputs {
  private known: Matrix | null = null;
  private side = 0;

  forget(): void {
    this.known = null;
  }

  of(run: Run, plane: Plane, side: number): Matrix {
    if (this.known && this.side === side) return this.known;
    this.side = side;
    this.known = run.inputs(gridOf(plane, side));
    return this.known;
  }
}

/** Return the inputs at the points of a grid, from the top row to the bottom one. */
export function gridOf(plane: Plane, side: number): Float64Array {
  const [left, right, bottom, top] = plane.extent;
  const columns = plane.base.length;
  const points = new Float64Array(side * side * columns);
  for (let row = 0, p = 0; row < side; row += 1) {
    const v = top - (row / (side - 1)) * (top - bottom);
    for (let column = 0; column < side; column += 1) {
      const u = left + (column / (side - 1)) * (right - left);
      for (let j = 0; j < columns; j += 1, p += 1) points[p] = plane.base[j]! + u * plane.across[j]! + v * plane.up[j]!;
    }
  }
  return points;
}

/** Return the maps of the first units of each layer, and the probabilities, on a grid of inputs. */
export function frameOf(
  run: Run,
  theta: Float64Array,
  inputs: Matrix,
  side: number,
  rowProbabilities: Float32Array,
  mostUnits: number,
  workspace?: Workspace,
): Frame {
  const outputs = run.network.forward(theta, inputs, workspace);
  const last = outputs.length - 1;
  // the rows, each activation, and the logits: not the sums before an activation
  const shown = outputs.filter((_, i) => i === 0 || i === last || run.network.layers[i - 1]!.name !== "Dense");
  const units = shown.map((output) => Math.min(output.columns, mostUnits));
  const points = side * side;
  // all in one piece of memory, which is handed to the page as it is
  const all = new Float32Array(points * units.reduce((sum, count) => sum + count, 0));
  const maps: Float32Array[] = [];
  shown.forEach((output, layer) => {
    for (let unit = 0; unit < units[layer]!; unit += 1) {
      const map = all.subarray(maps.length * points, (maps.length + 1) * points);
      for (let row = 0, p = unit; row < points; row += 1, p += output.columns) map[row] = output.data[p]!;
      maps.push(map);
    }
  });
  return { side, maps, probabilities: probabilitiesOf(outputs[last]!), rowProbabilities };
}
