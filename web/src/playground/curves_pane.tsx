/** Cost, accuracy and gradients over the epochs, and the slider that goes back through them. */

import type { JSX } from "preact";
import { signal } from "@preact/signals";
import * as act from "./actions";
import { Canvas } from "./canvas";
import { colors, type Palette } from "./colors";
import { drawPlot, epochAt, type Curve } from "./draw_curves";
import { fixed, percent, short } from "./format";
import * as store from "./store";
import type { HistoryPoint } from "./store";

/** Milliseconds between two drawings of a curve: fifteen a second look as if they flowed. */
const BETWEEN_CURVES = 66;

/** Place in the history that the pointer is over; null where it is not. */
const pointed = signal<number | null>(null);

/** Colours of the gradients of up to seven layers: none of them a class's or a sign's on the same plot. */
const layerColor = (palette: Palette, layer: number): string =>
  [palette.accent, palette.positive, palette.negative, palette.soft, "#e76300", "#a96b59", "#92dadd"][layer % 7]!;

const curve = (color: string, value: (point: HistoryPoint) => number | null, dashed = false): Curve => {
  const points = store.history.value;
  return { color, dashed, length: points.length, at: (i) => [points[i]!.epoch, value(points[i]!)] };
};

export function CurvesPane(): JSX.Element {
  const { history: points, epoch } = store.told.value;
  const place = pointed.value ?? store.shown.value ?? points.length - 1;
  const point = points[Math.min(place, points.length - 1)];
  const layers = point?.gradients.length ?? 0;
  return (
    <section class="pane curves" aria-labelledby="curves-title">
      <h2 id="curves-title" class="unseen">
        Curves
      </h2>
      <div class="plots">
        <Plot
          title="Cost"
          reading={[
            ["training", short(point?.cost, 4), "solid"],
            ["held out", short(point?.heldCost, 4), "dashed"],
          ]}
          draw={(palette) => ({ curves: [curve(palette.accent, (p) => p.heldCost, true), curve(palette.ink, (p) => p.cost)], range: null })}
        />
        <Plot
          title="Accuracy"
          reading={[
            ["training", percent(point?.accuracy), "solid"],
            ["held out", percent(point?.heldAccuracy), "dashed"],
          ]}
          draw={(palette) => ({
            curves: [curve(palette.accent, (p) => p.heldAccuracy, true), curve(palette.ink, (p) => p.accuracy)],
            range: [0, 1.02],
          })}
        />
        <Plot
          title="Gradient size"
          reading={(point?.gradients ?? []).map((size, layer) => [layers > 3 ? String(layer + 1) : `layer ${layer + 1}`, short(size, 2), layerColor(colors.value, layer)])}
          draw={(palette) => ({
            curves: Array.from({ length: layers }, (_, layer) => curve(layerColor(palette, layer), (p) => p.gradients[layer] ?? null)),
            range: null,
            logarithmic: true,
          })}
        />
      </div>
      <div class="scrub">
        <label for="scrub">History</label>
        <input
          id="scrub"
          type="range"
          min={0}
          max={Math.max(0, points.length - 1)}
          value={store.shown.value ?? points.length - 1}
          disabled={points.length < 2}
          aria-valuetext={`epoch ${epoch}`}
          onInput={(event) => act.show(Number(event.currentTarget.value))}
        />
        <output>{store.shown.value === null ? "latest" : `epoch ${fixed(epoch, 0)}`}</output>
      </div>
    </section>
  );
}

interface PlotProps {
  title: string;
  /** What the curves are at the place pointed at: name, number, and how the line looks: solid, dashed or its colour. */
  reading: readonly (readonly [string, string, string])[];
  draw: (palette: Palette) => { curves: readonly Curve[]; range: readonly [number, number] | null; logarithmic?: boolean };
}

function Plot({ title, reading, draw }: PlotProps): JSX.Element {
  const point = (event: PointerEvent): void => {
    const points = store.history.value;
    const last = points.at(-1)?.epoch ?? 0;
    const width = (event.currentTarget as HTMLElement).clientWidth;
    const epoch = epochAt(event.offsetX, width, last);
    pointed.value = points.length ? nearestPlace(points, epoch) : null;
  };
  return (
    <figure class="plot">
      <figcaption>
        <b>{title}</b>
        {reading.map(([name, value, line]) => (
          <span key={name} class={line === "dashed" ? "read dashed" : "read solid"}>
            <i style={line.startsWith("#") ? { borderColor: line } : undefined} />
            {name} <output>{value}</output>
          </span>
        ))}
      </figcaption>
      <Canvas
        pause={BETWEEN_CURVES}
        label={`${title} over epochs: ${reading.map(([name, value]) => `${name} ${value}`).join(", ")}`}
        onPointerMove={point}
        onPointerLeave={() => (pointed.value = null)}
        onClick={() => pointed.value !== null && act.show(pointed.value)}
        draw={(context, width, height) => {
          const points = store.history.value;
          const shown = pointed.value ?? store.shown.value;
          drawPlot(context, width, height, { ...draw(colors.value), mark: shown === null ? null : (points[shown]?.epoch ?? null) }, colors.value);
        }}
      />
    </figure>
  );
}

function nearestPlace(points: readonly HistoryPoint[], epoch: number): number {
  let found = 0;
  points.forEach((point, i) => {
    if (Math.abs(point.epoch - epoch) < Math.abs(points[found]!.epoch - epoch)) found = i;
  });
  return found;
}
