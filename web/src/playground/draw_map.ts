/** The map: regions with probabilities, boundaries, points with the shapes of their classes, the probe. */

import { FONT, Maps, ticks, tickText } from "./canvas";
import { CLASS_COLORS, paintRegions, paintSigned, traceMarker, type Palette } from "./colors";
import { zeroLines } from "./contours";
import type { Dataset, Frame } from "./store";
import { coordinates, type Plane } from "./view";

/** Points drawn at most: more only cover each other, and cost time. */
export const MOST_POINTS = 2000;
/** Pixels of the square beside its axes. */
export const INSET = { left: 34, bottom: 26, top: 6, right: 6 };

export interface Square {
  x: number;
  y: number;
  size: number;
}

export const squareOf = (width: number, height: number): Square => ({
  x: INSET.left,
  y: INSET.top,
  size: Math.max(10, Math.min(width - INSET.left - INSET.right, height - INSET.top - INSET.bottom)),
});

/** Return where a point of the plane lies on the canvas. */
export function toPixels(plane: Plane, square: Square, u: number, v: number): [number, number] {
  const [left, right, bottom, top] = plane.extent;
  return [square.x + ((u - left) / (right - left)) * square.size, square.y + ((top - v) / (top - bottom)) * square.size];
}

export function fromPixels(plane: Plane, square: Square, px: number, py: number): [number, number] {
  const [left, right, bottom, top] = plane.extent;
  return [left + ((px - square.x) / square.size) * (right - left), top - ((py - square.y) / square.size) * (top - bottom)];
}

const regions = new Maps();

export function drawRegions(
  context: CanvasRenderingContext2D,
  square: Square,
  frame: Pick<Frame, "side" | "probabilities">,
  classes: number,
  palette: Palette,
  map: Maps = regions,
): void {
  const { side, probabilities } = frame;
  map.paint(side, 1, (pixels) => paintRegions(pixels, probabilities, classes, palette.paperRgb));
  // the grid's points are the centres of its pixels and lie on the edges of the square
  const half = 0.5 / (side - 1);
  context.save();
  context.beginPath();
  context.rect(square.x, square.y, square.size, square.size);
  context.clip();
  const reach = square.size * (1 + 2 * half);
  map.draw(context, 0, square.x - square.size * half, square.y - square.size * half, reach);
  drawBoundaries(context, square, side, probabilities, classes, palette);
  context.restore();
}

/** Draw the lines on which two classes are equally probable, and no other is more so. */
function drawBoundaries(
  context: CanvasRenderingContext2D,
  square: Square,
  side: number,
  probabilities: Float32Array,
  classes: number,
  palette: Palette,
): void {
  const scale = square.size / (side - 1);
  context.strokeStyle = palette.ink;
  context.globalAlpha = 0.75;
  context.lineWidth = 1.25;
  context.beginPath();
  const leads = new Float32Array(side * side);
  // with two classes both lines are the same
  for (let c = 0; c < (classes === 2 ? 1 : classes); c += 1) {
    for (let i = 0; i < leads.length; i += 1) leads[i] = lead(probabilities, i * classes, classes, c);
    zeroLines(
      side,
      (i) => leads[i]!,
      (x0, y0, x1, y1) => {
        context.moveTo(square.x + x0 * scale, square.y + y0 * scale);
        context.lineTo(square.x + x1 * scale, square.y + y1 * scale);
      },
    );
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Return by how much a class is more probable than the most probable other. */
function lead(probabilities: Float32Array, start: number, classes: number, c: number): number {
  let other = 0;
  for (let k = 0; k < classes; k += 1) if (k !== c && probabilities[start + k]! > other) other = probabilities[start + k]!;
  return probabilities[start + c]! - other;
}

const unitMap = new Maps();

/** Draw the output of one unit over the plane, with the line where it is zero. */
export function drawUnit(context: CanvasRenderingContext2D, square: Square, side: number, values: Float32Array, palette: Palette): void {
  unitMap.paint(side, 1, (pixels) => paintSigned(pixels, values, palette));
  unitMap.draw(context, 0, square.x, square.y, square.size);
  const scale = square.size / (side - 1);
  context.strokeStyle = palette.ink;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  zeroLines(
    side,
    (i) => values[i]!,
    (x0, y0, x1, y1) => {
      context.moveTo(square.x + x0 * scale, square.y + y0 * scale);
      context.lineTo(square.x + x1 * scale, square.y + y1 * scale);
    },
  );
  context.stroke();
  context.globalAlpha = 1;
}

export function drawAxes(context: CanvasRenderingContext2D, square: Square, plane: Plane, palette: Palette): void {
  const [left, right, bottom, top] = plane.extent;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.strokeRect(square.x - 0.5, square.y - 0.5, square.size + 1, square.size + 1);
  context.fillStyle = palette.soft;
  context.font = `11px ${FONT}`;
  const written = (axis: 0 | 1, at: number): number => plane.means[axis] + plane.sds[axis] * at;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticks(written(0, left), written(0, right), 5)) {
    const [x] = toPixels(plane, square, (tick - plane.means[0]) / plane.sds[0], 0);
    const text = tickText(tick);
    // a number at the very edge would be cut off
    if (x + context.measureText(text).width / 2 > square.x + square.size + INSET.right) continue;
    context.fillText(text, x, square.y + square.size + 4);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  if (!plane.labels[1]) return;
  for (const tick of ticks(written(1, bottom), written(1, top), 5)) {
    const [, y] = toPixels(plane, square, 0, (tick - plane.means[1]) / plane.sds[1]);
    context.fillText(tickText(tick), square.x - 5, y);
  }
}

/** Draw the rows: filled if trained on, hollow if held out, ringed if misclassified. */
export function drawPoints(
  context: CanvasRenderingContext2D,
  square: Square,
  plane: Plane,
  data: Dataset,
  rowProbabilities: Float32Array,
  palette: Palette,
): void {
  const classes = data.classes.length;
  const step = Math.max(1, Math.ceil(data.rows / MOST_POINTS));
  const radius = data.rows / step > 600 ? 2.8 : data.rows / step > 200 ? 3.6 : 4.4;
  const known = rowProbabilities.length === data.rows * classes;
  for (let row = 0; row < data.rows; row += step) {
    const [u, v] = coordinates(plane, data.x, data.columns.length, row);
    const [x, y] = toPixels(plane, square, u, v);
    const label = data.labels[row]!;
    const wrong = known && lead(rowProbabilities, row * classes, classes, label) < 0;
    traceMarker(context, label, x, y, radius);
    context.lineWidth = 1;
    if (data.heldOut[row]) {
      context.fillStyle = palette.outline;
      context.fill();
      context.strokeStyle = CLASS_COLORS[label]!;
      context.lineWidth = 1.6;
    } else {
      context.fillStyle = CLASS_COLORS[label]!;
      context.fill();
      context.strokeStyle = palette.outline;
    }
    context.stroke();
    if (!wrong) continue;
    context.beginPath();
    context.arc(x, y, radius + 3, 0, 2 * Math.PI);
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.4;
    context.stroke();
  }
}

/** Draw the cross of the point that is looked at. */
export function drawProbe(context: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  for (const [color, width] of [[palette.paper, 5], [palette.ink, 2]] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 12 * dx, y + 12 * dy);
    }
    context.stroke();
  }
}
