/** The rows in the plane, with the decision regions of a network: the map of the playground. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { matrix, type Matrix, type Network } from "../kernel";
import { Canvas } from "../playground/canvas";
import { CLASS_COLORS, colors, markerPath } from "../playground/colors";
import { drawAxes, drawPoints, drawProbe, drawRegions, squareOf, toPixels } from "../playground/draw_map";
import { gridOf } from "../playground/maps";
import { probabilitiesOf } from "../playground/model";
import { CLASSES, datasetOf, planeOf, type Part } from "./data";

/** Points of a side of the grid: enough that boundaries look smooth at this size. */
const SIDE = 72;

export interface PlaneMapProps {
  readonly network: Network;
  readonly theta: Float64Array;
  readonly part: Part;
  readonly label: string;
  /** Makes the inputs of the network of points of the plane; without it they are the inputs. */
  readonly inputs?: ((points: Matrix) => Matrix) | undefined;
  /** Rows that stand out. */
  readonly chosen?: readonly number[];
}

export function PlaneMap({ network, theta, part, label, inputs, chosen = [] }: PlaneMapProps): JSX.Element {
  const fixed = useMemo(() => {
    const plane = planeOf(part), data = datasetOf(part);
    return { plane, data, rows: matrix(data.rows, 2, data.x), grid: matrix(SIDE * SIDE, 2, gridOf(plane, SIDE)) };
  }, [part]);
  const logits = (x: typeof fixed.rows): Float32Array => probabilitiesOf(network.forward(theta, inputs ? inputs(x) : x).at(-1)!);
  const draw = (context: CanvasRenderingContext2D, width: number, height: number): void => {
    const palette = colors.value, square = squareOf(width, height);
    drawRegions(context, square, { side: SIDE, probabilities: logits(fixed.grid) }, CLASSES.length, palette);
    drawPoints(context, square, fixed.plane, fixed.data, logits(fixed.rows), palette);
    drawAxes(context, square, fixed.plane, palette);
    for (const row of chosen) drawProbe(context, ...toPixels(fixed.plane, square, ...part.x[row]!), palette);
  };
  return <Canvas class="live-map" draw={draw} label={label} />;
}

/** What the markers of a map mean. */
export const MapKey = (): JSX.Element => (
  <p class="live-key">
    {CLASSES.map((name, c) => (
      <span key={name} class="live-marker">
        <svg viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">
          <path d={markerPath(c, 6)} fill={CLASS_COLORS[c]} />
        </svg>
        {name}
      </span>
    ))}
    ringed: misclassified
  </p>
);
