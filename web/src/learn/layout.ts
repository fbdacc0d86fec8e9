/**
 * Where the numbers of a row stand in the picture of the chain, and the ribbons of its paths.
 *
 * 1. Each vector of the chain is a line of nodes: x, a1, h1, …, z, y, loss. The lines stand beside each other, or one
 *    below the other on a narrow screen.
 * 2. A path is a ribbon through one node of each line, as wide as its contribution. The ribbons that pass a node lie
 *    side by side there, ordered by where they come from and where they go, so that few cross.
 */

import type { Name } from "./names";
import { LOSS, X, Y } from "./names";
import type { Path, Place, Trace } from "./trace";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: Name;
  readonly values: readonly number[];
  /** `∂loss/∂` of each. */
  readonly gradients: readonly number[] | null;
  /** Where each stands; undefined for those that there is no room for. */
  readonly points: readonly (Point | undefined)[];
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Whether lines stand one below the other. */
  readonly upright: boolean;
  readonly lines: readonly Line[];
  /** Size of a node. */
  readonly node: { readonly width: number; readonly height: number };
}

export interface Ribbon {
  readonly path: Path;
  /** Place among the paths, largest first. */
  readonly rank: number;
  readonly width: number;
  readonly points: readonly Point[];
}

interface Measures {
  readonly between: number;
  readonly unit: number;
  readonly margin: number;
  readonly node: { readonly width: number; readonly height: number };
}

// Beside each other: what two numbers of four digits need, and a gap that ribbons can turn in.
const WIDE: Measures = { between: 132, unit: 54, margin: 52, node: { width: 66, height: 36 } };
// One below the other: eight units fit the 358 pixels of a telephone.
const UPRIGHT: Measures = { between: 84, unit: 43.5, margin: 44, node: { width: 41, height: 32 } };
// Inputs that are drawn: of more, those that matter most to the loss.
const MOST_INPUTS = 12;
const MOST_INPUTS_UPRIGHT = 8;
// Room for the line that says how many inputs are not drawn.
const BELOW = 14;
// The widest that all ribbons together may be, of the size of a node across them.
const RIBBONS = 0.85;

/** Return where everything stands; the input of the chosen weight is always among those drawn. */
export function drawing(trace: Trace, upright: boolean, chosen: Place): Drawing {
  const measures = upright ? UPRIGHT : WIDE;
  const [first] = trace.links;
  const lines: Omit<Line, "points">[] = [{ name: X, values: first?.x ?? [], gradients: first?.dx ?? null }];
  for (const link of trace.links) lines.push({ name: link.yName, values: link.y, gradients: link.dy });
  lines.push(
    { name: Y, values: trace.y, gradients: trace.dlossDy },
    { name: LOSS, values: [trace.loss], gradients: null },
  );
  const inputs = drawnInputs(lines[0]!, upright ? MOST_INPUTS_UPRIGHT : MOST_INPUTS, chosen);
  const counts = lines.map((line, at) => (at === 0 ? inputs.length : line.values.length));
  const most = Math.max(...counts);
  const [along, across] = [
    measures.margin * 2 + (lines.length - 1) * measures.between,
    most * measures.unit + measures.margin,
  ];
  const more = inputs.length < lines[0]!.values.length && !upright ? BELOW : 0;
  const placed = lines.map((line, at) => ({
    ...line,
    points: line.values.map((_, unit) => {
      const place = at === 0 ? inputs.indexOf(unit) : unit;
      if (place < 0) return undefined;
      const main = measures.margin + at * measures.between;
      const side = measures.margin * (upright ? 0.5 : 0.75) + measures.unit * (place + 0.5 + (most - counts[at]!) / 2);
      return upright ? { x: side, y: main } : { x: main, y: side };
    }),
  }));
  const size = upright ? { width: across, height: along } : { width: along, height: across + more };
  return { ...size, upright, lines: placed, node: measures.node };
}

/** Return which inputs are drawn, in their order. */
function drawnInputs({ values, gradients }: Omit<Line, "points">, most: number, { layer, input }: Place): number[] {
  const matters = (unit: number): number =>
    layer === 0 && unit === input ? Infinity : Math.abs(values[unit]! * (gradients?.[unit] ?? 0));
  const all = [...values.keys()];
  return all.length <= most
    ? all
    : all
        .sort((a, b) => matters(b) - matters(a))
        .slice(0, most)
        .sort((a, b) => a - b);
}

/** Return the nodes that a path passes, from the loss to the weight's input: line and unit. */
export function nodesOf(drawn: Drawing, trace: Trace, place: Place, path: Path): { line: number; unit: number }[] {
  const last = drawn.lines.length - 1;
  const nodes = path.nodes.map((unit, back) => ({ line: last - 1 - back, unit }));
  const passed = [{ line: last, unit: 0 }, ...nodes];
  const input = place.input;
  const into = passed.at(-1)!.line - 1;
  return input < 0 || trace.links.length === 0 ? passed : [...passed, { line: into, unit: input }];
}

/** Return the ribbons of some paths; `upTo` nodes of each, counted from the loss. */
export function ribbons(drawn: Drawing, trace: Trace, place: Place, paths: readonly Path[], upTo: number): Ribbon[] {
  const total = paths.reduce((sum, path) => sum + Math.abs(path.contribution), 0);
  const across = drawn.upright ? drawn.node.width : drawn.node.height;
  const scale = total === 0 ? 0 : (RIBBONS * across) / total;
  const ways = paths.map((path, rank) => {
    const nodes = nodesOf(drawn, trace, place, path);
    return { path, rank, width: scale * Math.abs(path.contribution), nodes, key: nodes.map(({ unit }) => unit) };
  });
  const ordered = [...ways].sort((a, b) => compared(a.key, b.key));
  const filled = new Map<string, number>();
  const through = new Map<string, number>();
  for (const way of ways) for (const node of way.nodes) add(through, nodeKey(node), way.width);
  const points = new Map<number, Point[]>();
  for (const way of ordered) {
    points.set(
      way.rank,
      way.nodes.map((node) => shifted(drawn, node, way.width, filled, through)),
    );
  }
  return ways.map(({ path, rank, width }) => ({ path, rank, width, points: points.get(rank)!.slice(0, upTo) }));
}

const nodeKey = ({ line, unit }: { line: number; unit: number }): string => `${line},${unit}`;

function add(to: Map<string, number>, key: string, width: number): number {
  const before = to.get(key) ?? 0;
  to.set(key, before + width);
  return before;
}

/** Return where the middle of a ribbon passes a node: beside those that pass it already. */
function shifted(
  drawn: Drawing,
  node: { line: number; unit: number },
  width: number,
  filled: Map<string, number>,
  through: ReadonlyMap<string, number>,
): Point {
  const key = nodeKey(node);
  const before = add(filled, key, width);
  const aside = before + width / 2 - through.get(key)! / 2;
  const at = drawn.lines[node.line]!.points[node.unit]!;
  return drawn.upright ? { x: at.x + aside, y: at.y } : { x: at.x, y: at.y + aside };
}

function compared(a: readonly number[], b: readonly number[]): number {
  for (const [place, value] of a.entries()) if (value !== b[place]) return value - (b[place] ?? 0);
  return 0;
}

/** Return a smooth curve through points as the `d` of an SVG path. */
export function curve(points: readonly Point[], upright: boolean): string {
  const [start, ...rest] = points;
  if (start === undefined) return "";
  let text = `M${at(start)}`;
  let before = start;
  for (const point of rest) {
    const half = upright ? { x: 0, y: (point.y - before.y) / 2 } : { x: (point.x - before.x) / 2, y: 0 };
    text += `C${at({ x: before.x + half.x, y: before.y + half.y })} ${at({ x: point.x - half.x, y: point.y - half.y })} ${at(point)}`;
    before = point;
  }
  return text;
}

const at = ({ x, y }: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;
