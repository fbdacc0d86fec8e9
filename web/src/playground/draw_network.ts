/** The diagram: units with their maps, weights as lines by colour and width, biases as dots. */

import { FONT, type Maps } from "./canvas";
import { CLASS_COLORS, paintSigned, traceMarker, type Palette } from "./colors";
import { short } from "./format";
import { placeInTheta } from "./parameters";
import type { WeightPlace } from "./store";

export interface Box {
  x: number;
  y: number;
  size: number;
}

export interface Layout {
  /** Boxes of the units of each layer; units beyond the last that is shown have none. */
  boxes: Box[][];
  /** Units of each layer that there is no room for. */
  hidden: number[];
}

/** Inputs shown at most; a table may have a hundred. */
export const MOST_SHOWN = 16;
const LARGEST = 46;
const GAP = 8;

/** Return where the units are drawn. */
export function layoutOf(widths: readonly number[], width: number, height: number, side: number): Layout {
  const columns = widths.length;
  const most = Math.min(MOST_SHOWN, Math.max(...widths));
  const byHeight = (height - GAP) / most - GAP;
  const byWidth = (width - 2 * side) / columns - 18;
  const size = Math.max(14, Math.min(LARGEST, byHeight, byWidth));
  const step = columns > 1 ? (width - 2 * side - size) / (columns - 1) : 0;
  const boxes = widths.map((units, layer) => {
    const shown = Math.min(units, MOST_SHOWN);
    const pitch = Math.min(size + 16, (height - size - 2) / Math.max(1, shown - 1));
    const top = (height - (shown - 1) * pitch - size) / 2;
    return Array.from({ length: shown }, (_, unit) => ({ x: side + layer * step, y: top + unit * pitch, size }));
  });
  return { boxes, hidden: widths.map((units) => Math.max(0, units - MOST_SHOWN)) };
}

export interface Ends {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export function edge(layout: Layout, { layer, input, output }: WeightPlace): Ends | null {
  const to = layout.boxes[layer + 1]?.[output];
  if (!to) return null;
  if (input < 0) return { x0: to.x - 1, y0: to.y + to.size - 3, x1: to.x - 1, y1: to.y + to.size - 3 };
  const from = layout.boxes[layer]?.[input];
  return from ? { x0: from.x + from.size, y0: from.y + from.size / 2, x1: to.x, y1: to.y + to.size / 2 } : null;
}

/** Return the weight nearest to a point, if one is near. */
export function weightAt(layout: Layout, px: number, py: number, bias: boolean): WeightPlace | null {
  let best: WeightPlace | null = null;
  let least = 7;
  for (let layer = 0; layer + 1 < layout.boxes.length; layer += 1) {
    for (let output = 0; output < layout.boxes[layer + 1]!.length; output += 1) {
      for (let input = bias ? -1 : 0; input < layout.boxes[layer]!.length; input += 1) {
        const ends = edge(layout, { layer, input, output })!;
        const distance = input < 0 ? Math.hypot(px - ends.x0, py - ends.y0) - 2 : distanceTo(ends, px, py);
        if (distance < least) {
          least = distance;
          best = { layer, input, output };
        }
      }
    }
  }
  return best;
}

function distanceTo(ends: Ends, px: number, py: number): number {
  if (px < ends.x0 || px > ends.x1) return Infinity;
  const t = (px - ends.x0) / (ends.x1 - ends.x0);
  return Math.abs(py - curveY(ends, t));
}

/** Height of the curve from one unit to the next, at a share of the way. */
function curveY(ends: Ends, t: number): number {
  // the Bézier curve with its handles at half way has x(t) = 1.5 t (1 - t) + t³-ish; close enough for a click
  const smooth = t * t * (3 - 2 * t);
  return ends.y0 + smooth * (ends.y1 - ends.y0);
}

export function middle(ends: Ends): [number, number] {
  return [(ends.x0 + ends.x1) / 2, (ends.y0 + ends.y1) / 2];
}

interface Picture {
  layout: Layout;
  widths: readonly number[];
  theta: Float64Array;
  bias: boolean;
  selected: WeightPlace | null;
}

export interface Units extends Picture {
  maps: readonly Float32Array[];
  side: number;
  unit: { layer: number; unit: number } | null;
  /** A number for each unit of each layer, written on it; null where there is none. */
  values: readonly (readonly number[])[] | null;
}

export interface Lines extends Picture {
  /** Gradient of each parameter, drawn instead of the weights; null where there is none. */
  gradient: Float64Array | null;
}

/** Draw the units: their maps, biases, and what is written on them. */
export function drawUnits(context: CanvasRenderingContext2D, picture: Units, maps: Maps, palette: Palette): void {
  maps.paint(picture.side, picture.maps.length, (pixels, map) => paintSigned(pixels, picture.maps[map]!, palette));
  let map = 0;
  picture.layout.boxes.forEach((units, layer) => {
    const output = layer === picture.layout.boxes.length - 1;
    units.forEach((box, unit) => {
      context.globalAlpha = 1;
      context.fillStyle = palette.tint;
      context.fillRect(box.x, box.y, box.size, box.size);
      if (map + unit < picture.maps.length) maps.draw(context, map + unit, box.x, box.y, box.size);
      context.strokeStyle = palette.soft;
      context.lineWidth = 1;
      context.strokeRect(box.x + 0.5, box.y + 0.5, box.size - 1, box.size - 1);
      if (output) drawClass(context, box, unit, palette);
      if (layer > 0 && picture.bias) drawBias(context, picture, box, { layer: layer - 1, input: -1, output: unit }, palette);
      if (picture.unit && picture.unit.layer === layer && picture.unit.unit === unit) outline(context, box, palette);
      const number = picture.values?.[layer]?.[unit];
      if (number !== undefined) drawValue(context, box, number, palette);
    });
    map += units.length;
  });
}

/** Draw the weights as lines. */
export function drawWeights(context: CanvasRenderingContext2D, picture: Lines, palette: Palette): void {
  const { layout, widths, theta, bias } = picture;
  const shown = picture.gradient ?? theta;
  context.lineCap = "round";
  for (let layer = 0; layer + 1 < widths.length; layer += 1) {
    const start = placeInTheta(widths, bias, { layer, input: 0, output: 0 });
    const count = widths[layer]! * widths[layer + 1]!;
    let largest = 1e-9;
    for (let i = start; i < start + count; i += 1) largest = Math.max(largest, Math.abs(shown[i] ?? 0));
    const reference = picture.gradient ? largest : Math.max(largest, 1);
    for (let output = 0; output < layout.boxes[layer + 1]!.length; output += 1) {
      for (let input = 0; input < layout.boxes[layer]!.length; input += 1) {
        const weight = shown[start + output * widths[layer]! + input] ?? 0;
        const share = Math.abs(weight) / reference;
        const ends = edge(layout, { layer, input, output })!;
        strokeEdge(context, ends, weight < 0 ? palette.negative : palette.positive, 0.4 + 4.6 * share, 0.18 + 0.7 * share);
      }
    }
  }
  if (picture.selected) {
    const ends = edge(layout, picture.selected);
    if (ends && picture.selected.input >= 0) strokeEdge(context, ends, palette.accent, 3, 1);
  }
  context.globalAlpha = 1;
}

function strokeEdge(context: CanvasRenderingContext2D, ends: Ends, color: string, width: number, alpha: number): void {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.globalAlpha = Math.min(1, alpha);
  context.beginPath();
  context.moveTo(ends.x0, ends.y0);
  const half = (ends.x0 + ends.x1) / 2;
  context.bezierCurveTo(half, ends.y0, half, ends.y1, ends.x1, ends.y1);
  context.stroke();
}

function outline(context: CanvasRenderingContext2D, box: Box, palette: Palette): void {
  context.strokeStyle = palette.accent;
  context.lineWidth = 2.5;
  context.strokeRect(box.x - 1, box.y - 1, box.size + 2, box.size + 2);
}

function drawClass(context: CanvasRenderingContext2D, box: Box, c: number, palette: Palette): void {
  traceMarker(context, c, box.x + box.size + 12, box.y + box.size / 2, 5);
  context.fillStyle = CLASS_COLORS[c]!;
  context.fill();
  context.strokeStyle = palette.paper;
  context.lineWidth = 1;
  context.stroke();
}

/** Draw the bias of a unit as a dot at its lower left corner, as large as it is. */
function drawBias(context: CanvasRenderingContext2D, picture: Units, box: Box, at: WeightPlace, palette: Palette): void {
  const value = picture.theta[placeInTheta(picture.widths, true, at)] ?? 0;
  const chosen = picture.selected && picture.selected.input < 0 && picture.selected.layer === at.layer && picture.selected.output === at.output;
  context.beginPath();
  context.arc(box.x - 1, box.y + box.size - 3, 2.2 + 3 * Math.min(1, Math.abs(value) / 2), 0, 2 * Math.PI);
  context.fillStyle = value < 0 ? palette.negative : palette.positive;
  context.fill();
  context.strokeStyle = chosen ? palette.accent : palette.paper;
  context.lineWidth = chosen ? 2.5 : 1.5;
  context.stroke();
}

function drawValue(context: CanvasRenderingContext2D, box: Box, value: number, palette: Palette): void {
  const text = short(value, box.size < 30 ? 2 : 3);
  context.font = `600 ${box.size < 30 ? 9 : 11}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 6;
  context.fillStyle = palette.paper;
  context.globalAlpha = 0.86;
  context.fillRect(box.x + box.size / 2 - width / 2, box.y + box.size / 2 - 8, width, 16);
  context.globalAlpha = 1;
  context.fillStyle = palette.ink;
  context.fillText(text, box.x + box.size / 2, box.y + box.size / 2 + 0.5);
}
