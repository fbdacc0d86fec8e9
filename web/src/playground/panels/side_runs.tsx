/** What runs side by side have in common: their progress, their curves, how they ended. */

import type { JSX } from "preact";
import * as act from "../actions";
import { Canvas, Maps } from "../canvas";
import { colors } from "../colors";
import { drawPlot, type Curve } from "../draw_curves";
import { drawAxes, drawPoints, drawRegions, squareOf } from "../draw_map";
import { percent, short } from "../format";
import type { RunResult } from "../messages";
import * as store from "../store";

/** Colours of runs: none of them the accent, which marks what is chosen. */
export const RUN_COLORS = ["#3f90da", "#e76300", "#832db6", "#008837", "#bd1f01", "#717581"] as const;

export interface Progress {
  done: number;
  epochs: number;
  results: readonly RunResult[] | null;
}

export function ProgressBar({ progress }: { progress: Progress | undefined }): JSX.Element | null {
  if (!progress || progress.results) return null;
  return (
    <span class="note" role="status">
      <progress max={progress.epochs} value={progress.done} aria-label="Training" /> epoch {progress.done} of {progress.epochs}
    </span>
  );
}

/** The training cost of each run over the epochs; on a logarithmic scale, where small differences show. */
export function CostCurves({ results, mark = null }: { results: readonly RunResult[]; mark?: number | null }): JSX.Element {
  const curves = results.map(
    (result, i): Curve => ({ color: RUN_COLORS[i % RUN_COLORS.length]!, length: result.costs.length, at: (k) => [k, result.costs[k]!] }),
  );
  return (
    <Canvas
      class="chart"
      label={`Training cost over epochs: ${results.map((r) => `${r.label} ends at ${short(r.costs.at(-1))}`).join(", ")}`}
      draw={(context, width, height) => drawPlot(context, width, height, { curves, range: null, logarithmic: true, mark }, colors.value)}
    />
  );
}

export function RunTable({ results }: { results: readonly RunResult[] }): JSX.Element {
  return (
    <div class="scroll">
      <table class="runs">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">training cost</th>
            <th scope="col">held-out cost</th>
            <th scope="col">training accuracy</th>
            <th scope="col">held-out accuracy</th>
          </tr>
        </thead>
        <tbody>
          {results.map((result, i) => (
            <tr key={i}>
              <th scope="row">
                <span class="swatch" style={{ borderColor: RUN_COLORS[i % RUN_COLORS.length]! }} />
                {result.label}
              </th>
              <td>{result.stopped ? "diverged" : short(result.costs.at(-1), 4)}</td>
              <td>{result.stopped ? "–" : short(result.heldCosts.at(-1), 4)}</td>
              <td>{percent(result.accuracy)}</td>
              <td>{percent(result.heldAccuracy)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Side of the maps that runs return. */
const SIDE = 64;
const maps: Maps[] = [];

/** The decision regions that a run ended with. */
export function RunMap({ result, place }: { result: RunResult; place: number }): JSX.Element {
  const data = store.data.value;
  const draw = (context: CanvasRenderingContext2D, width: number, height: number): void => {
    const square = squareOf(width, height);
    const palette = colors.value;
    if (result.probabilities.length !== SIDE * SIDE * data.classes.length) return;
    drawRegions(context, square, { side: SIDE, probabilities: result.probabilities }, data.classes.length, palette, (maps[place] ??= new Maps()));
    drawPoints(context, square, act.plane.value, data, new Float32Array(0), palette);
    drawAxes(context, square, act.plane.value, palette);
  };
  return <Canvas class="map-canvas still" label={`Decision regions of ${result.label}`} draw={draw} />;
}
