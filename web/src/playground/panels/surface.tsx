/** The cost as a landscape along two directions through the weights, with the path that training took. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import * as act from "../actions";
import { Canvas, FONT, Maps } from "../canvas";
import { colors, rgbOf, tinted, type Palette } from "../colors";
import { zeroLines } from "../contours";
import { Button, Segments } from "../controls";
import { INSET, squareOf } from "../draw_map";
import { percent, short } from "../format";
import type { Directions, Surface } from "../messages";
import * as store from "../store";

const directions = signal<Directions>("path");
/** Lines of equal cost. */
const LEVELS = 12;
const map = new Maps();

export function SurfacePanel(): JSX.Element {
  const surface = act.surface.value;
  const enough = store.told.value.history.length >= 3;
  return (
    <>
      <p>
        The cost of the training rows along two directions through the current weights. Along the path: the two directions in which training moved most.
        Darker is lower; the line is the path that training took, and the cross is its end.
      </p>
      <div class="row">
        <Segments<Directions>
          label="Directions"
          value={directions.value}
          options={[
            ["path", "Along the path"],
            ["random", "Random directions"],
          ]}
          onChange={(chosen) => (directions.value = chosen)}
        />
        <Button kind="main" disabled={directions.value === "path" && !enough} onClick={() => act.measureSurface(directions.value)}>
          Measure the cost
        </Button>
        {directions.value === "path" && !enough && <span class="note">Train for three epochs or more first.</span>}
      </div>
      {surface && (
        <div class="columns">
          <Canvas class="map-canvas still" label={inWords(surface)} draw={(context, width, height) => drawSurface(context, width, height, surface, colors.value)} />
          <div>
            <p data-testid="surface">{inWords(surface)}</p>
          </div>
        </div>
      )}
    </>
  );
}

function inWords(surface: Surface): string {
  const finite = Array.from(surface.costs).filter(Number.isFinite);
  const range = `The cost shown goes from ${short(Math.min(...finite))} to ${short(Math.max(...finite))}.`;
  if (surface.share === 0) return `${range} The directions are random, each layer's part as long as the layer's weights.`;
  return `${range} The two directions hold ${percent(surface.share)} of the path's squared distance from its end.`;
}

function drawSurface(context: CanvasRenderingContext2D, width: number, height: number, surface: Surface, palette: Palette): void {
  const square = squareOf(width, height);
  const { side, extent } = surface;
  const logs = Float64Array.from(surface.costs, (cost) => Math.log(Math.min(cost, 1e300)));
  const low = Math.min(...logs);
  const high = Math.max(...Array.from(logs).filter((v) => v < 600), low + 1e-9);
  const near = rgbOf(palette.accent);
  map.paint(side, 1, (pixels) =>
    logs.forEach((value, i) => (pixels[i] = tinted(palette.paperRgb, near, 0.85 * (1 - Math.min(1, (value - low) / (high - low)))))),
  );
  map.draw(context, 0, square.x, square.y, square.size);
  const scale = square.size / (side - 1);
  context.strokeStyle = palette.ink;
  context.globalAlpha = 0.28;
  context.lineWidth = 1;
  for (let level = 1; level < LEVELS; level += 1) {
    const at = low + (level / LEVELS) * (high - low);
    context.beginPath();
    zeroLines(side, (i) => logs[i]! - at, (x0, y0, x1, y1) => {
      context.moveTo(square.x + x0 * scale, square.y + y0 * scale);
      context.lineTo(square.x + x1 * scale, square.y + y1 * scale);
    });
    context.stroke();
  }
  context.globalAlpha = 1;
  const x = (u: number): number => square.x + ((u - extent[0]) / (extent[1] - extent[0])) * square.size;
  const y = (v: number): number => square.y + ((extent[3] - v) / (extent[3] - extent[2])) * square.size;
  context.save();
  context.beginPath();
  context.rect(square.x, square.y, square.size, square.size);
  context.clip();
  for (const [color, line] of [[palette.paper, 4.5], ["#e76300", 2.2]] as const) {
    context.strokeStyle = color;
    context.lineWidth = line;
    context.lineJoin = "round";
    context.beginPath();
    surface.path.forEach(([u, v], i) => (i ? context.lineTo(x(u), y(v)) : context.moveTo(x(u), y(v))));
    if (surface.share > 0) context.stroke();
  }
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.beginPath();
  for (const [dx, dy] of [[6, 6], [6, -6]] as const) {
    context.moveTo(x(0) - dx, y(0) - dy);
    context.lineTo(x(0) + dx, y(0) + dy);
  }
  context.stroke();
  context.restore();
  context.fillStyle = palette.soft;
  context.font = `11px ${FONT}`;
  context.textAlign = "center";
  context.fillText(surface.share > 0 ? "first direction of the path" : "first direction", square.x + square.size / 2, square.y + square.size + INSET.bottom - 8);
}
