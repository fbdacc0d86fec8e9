/** Curves over epochs: lines on a plain plot, with ticks, the place that is shown, and a scale that does not jump. */

import { FONT, ticks, tickText } from "./canvas";
import type { Palette } from "./colors";

export interface Curve {
  color: string;
  dashed?: boolean;
  width?: number;
  /** Points (epoch, value); values that are not finite break the line. */
  at: (i: number) => readonly [number, number | null];
  length: number;
}

export interface Plot {
  curves: readonly Curve[];
  /** Range of the values; found from them where it is null. */
  range: readonly [number, number] | null;
  logarithmic?: boolean;
  /** Epoch marked by a line; null for none. */
  mark: number | null;
}

const LEFT = 40;
const BOTTOM = 18;
const TOP = 6;
const RIGHT = 14;
/** Powers of ten below the largest that a logarithmic scale shows at most. */
const DECADES = 6;

export const plotWidth = (width: number): number => width - LEFT - RIGHT;
/** Return the epoch at a place of the plot. */
export function epochAt(px: number, width: number, last: number): number {
  return Math.max(0, Math.min(last, ((px - LEFT) / plotWidth(width)) * last));
}

function rangeOf(plot: Plot): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const curve of plot.curves) {
    for (let i = 0; i < curve.length; i += 1) {
      const value = curve.at(i)[1];
      if (value === null || !Number.isFinite(value) || (plot.logarithmic && value <= 0)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!Number.isFinite(low)) return plot.logarithmic ? [1e-2, 1] : [0, 1];
  if (!plot.logarithmic) return [Math.min(0, low), high > 0 ? high * 1.05 : 1];
  return [Math.max(low, high * 10 ** -DECADES) / 1.5, high * 1.5];
}

export function drawPlot(context: CanvasRenderingContext2D, width: number, height: number, plot: Plot, palette: Palette): void {
  const [low, high] = plot.range ?? rangeOf(plot);
  const scale = plot.logarithmic ? Math.log10 : (value: number) => value;
  const last = Math.max(1, ...plot.curves.map((curve) => (curve.length ? curve.at(curve.length - 1)[0] : 0)));
  const x = (epoch: number): number => LEFT + (epoch / last) * plotWidth(width);
  const y = (value: number): number =>
    TOP + ((scale(high) - scale(value)) / (scale(high) - scale(low) || 1)) * (height - TOP - BOTTOM);
  drawScales(context, width, height, { low, high, last, logarithmic: plot.logarithmic ?? false, x, y }, palette);
  context.save();
  context.beginPath();
  context.rect(LEFT, TOP - 2, plotWidth(width) + 2, height - TOP - BOTTOM + 4);
  context.clip();
  for (const curve of plot.curves) strokeCurve(context, curve, x, (value) => y(plot.logarithmic ? Math.max(value, low) : value));
  if (plot.mark !== null) {
    context.strokeStyle = palette.soft;
    context.setLineDash([2, 3]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x(plot.mark), TOP);
    context.lineTo(x(plot.mark), height - BOTTOM);
    context.stroke();
    context.setLineDash([]);
  }
  context.restore();
}

interface Scales {
  low: number;
  high: number;
  last: number;
  logarithmic: boolean;
  x: (epoch: number) => number;
  y: (value: number) => number;
}

/** Return powers of ten, and their twofold and fivefold where there are few of them. */
function logTicks(low: number, high: number): number[] {
  const powers = Array.from({ length: 24 }, (_, i) => 10 ** (i - 14));
  const within = (values: number[]): number[] => values.filter((value) => value >= low && value <= high);
  const all = within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  return all.length <= MOST_LOG_TICKS ? all : within(powers);
}
const MOST_LOG_TICKS = 6;

function drawScales(context: CanvasRenderingContext2D, width: number, height: number, s: Scales, palette: Palette): void {
  context.font = `10.5px ${FONT}`;
  context.fillStyle = palette.soft;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  const values = s.logarithmic ? logTicks(s.low, s.high) : ticks(s.low, s.high, 4);
  for (const value of values) {
    const at = Math.round(s.y(value)) + 0.5;
    context.beginPath();
    context.moveTo(LEFT, at);
    context.lineTo(width - RIGHT, at);
    context.stroke();
    context.fillText(tickText(Number(value.toPrecision(2))), LEFT - 5, at);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const epoch of ticks(0, s.last, 4)) context.fillText(String(epoch), s.x(epoch), height - BOTTOM + 4);
}

function strokeCurve(context: CanvasRenderingContext2D, curve: Curve, x: (epoch: number) => number, y: (value: number) => number): void {
  context.strokeStyle = curve.color;
  context.lineWidth = curve.width ?? 1.8;
  // at this width it looks as a round join does, and is drawn faster
  context.lineJoin = "bevel";
  context.setLineDash(curve.dashed ? [5, 4] : []);
  context.beginPath();
  let drawing = false;
  let [column, top, bottom] = [0, 0, 0];
  for (let i = 0; i < curve.length; i += 1) {
    const [epoch, value] = curve.at(i);
    if (value === null || !Number.isFinite(value)) {
      drawing = false;
      continue;
    }
    const [px, py] = [x(epoch), y(value)];
    const same = drawing && Math.floor(px) === column;
    // a point on what is drawn in its column of pixels would add nothing
    if (same && py >= top && py <= bottom) continue;
    [column, top, bottom] = same ? [column, Math.min(top, py), Math.max(bottom, py)] : [Math.floor(px), py, py];
    if (drawing) context.lineTo(px, py);
    else context.moveTo(px, py);
    drawing = true;
  }
  context.stroke();
  context.setLineDash([]);
}
