/** A point to drag through a trained network: what each weight makes of it, up to the probabilities. */

import type { JSX } from "preact";
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { matrix, type Network } from "../kernel";
import { fixed, percent } from "../playground/format";
import { BELOW, CLASSES, LOSS, type Part } from "./data";
import { Exact } from "./numbers";
import { Slider } from "./slider";
import { Box, type Line, type Spot } from "./through";

const STEP = 0.05;
/** The height of the picture, in its own units; the widest line of a weight. */
const HIGH = 350;
const WIDEST = 7;

export interface DiagramProps {
  /** One dense layer, or two with an activation between them. */
  readonly network: Network;
  readonly theta: Float64Array;
  readonly part: Part;
  /** Begins the keys of this figure: no two light up together. */
  readonly name: string;
}

export function DiagramFigure({ network, theta, part, name }: DiagramProps): JSX.Element {
  const [row, setRow] = useState<number | null>(0);
  const [point, setPoint] = useState<readonly [number, number]>(part.x[0]!);
  const outputs = network.forward(theta, matrix(1, 2, point)), y = LOSS.activation.forward({}, outputs.at(-1)!).data;
  const given = y.indexOf(Math.max(...y)), move = (axis: 0 | 1, to: number): void => {
    setRow(null);
    setPoint(axis === 0 ? [to, point[1]] : [point[0], to]);
  };
  const next = (): void => {
    // points of one class stand together in the data: a stride through all shows others
    const to = row === null ? 0 : (row + Math.round(part.x.length / CLASSES.length) + 1) % part.x.length;
    setRow(to);
    setPoint(part.x[to]!);
  };
  const [left, right, bottom, top] = part.plane;
  return (
    <>
      <div class="live-sliders">
        <Slider label="Input x₁" min={left} max={right} step={STEP} at={point[0]} text={fixed(point[0], 2)} onMove={(to) => move(0, to)} />
        <Slider label="Input x₂" min={bottom} max={top} step={STEP} at={point[1]} text={fixed(point[1], 2)} onMove={(to) => move(1, to)} />
        <button type="button" onClick={next}>Another point of the data</button>
      </div>
      <Picture network={network} theta={theta} outputs={outputs.map(({ data }) => data)} y={y} name={name} />
      <p class="live-told" aria-live="polite">
        {row === null ? "This point" : `Point ${row + 1}, of class ${CLASSES[part.labels[row]!]},`} is given class <strong>{CLASSES[given]}</strong> with probability{" "}
        <strong><Exact value={y[given]!} decimals={4} /></strong>
        <span class="live-key">Green lines add to the sum they lead to, dashed purple ones subtract from it; the wider a line, the more. Point at a line or a number: both light up.</span>
      </p>
    </>
  );
}

interface PictureProps {
  readonly network: Network;
  readonly theta: Float64Array;
  readonly outputs: readonly Float64Array[];
  readonly y: Float64Array;
  readonly name: string;
}

/** Where the columns of boxes stand, with one layer of weights and with two, and the decimals of numbers; on phones, narrower. */
const ROOMY = { wide: 440, decimals: 4, 2: { left: [1, 262], width: [88, 176] }, 3: { left: [1, 122, 286], width: [80, 130, 152] } } as const;
const NARROW = { wide: 334, decimals: 2, 2: { left: [1, 196], width: [66, 136] }, 3: { left: [1, 88, 222], width: [58, 102, 110] } } as const;
const phone = matchMedia("(max-width: 34rem)"), narrow = signal(phone.matches);
phone.addEventListener("change", ({ matches }) => (narrow.value = matches));

function Picture({ network, theta, outputs, y, name }: PictureProps): JSX.Element {
  const dense = network.layers.flatMap((layer, at) => (layer.name === "Dense" ? [at] : [])), measures = narrow.value ? NARROW : ROOMY, { left, width } = measures[(dense.length + 1) as 2 | 3];
  // what the weights of each dense layer take in, and what they add up to
  const links = dense.map((at) => ({ x: outputs[at]!, sums: outputs[at + 1]!, ...network.views(theta)[at] }) as { x: Float64Array; sums: Float64Array; weights: Float64Array; bias: Float64Array });
  const spot = (column: number, place: number, count: number): Spot => ({ left: left[column]!, width: width[column]!, middle: ((place + 0.5) * HIGH) / count });
  const largest = Math.max(...links.flatMap(({ x, weights }) => [...weights].map((w, p) => Math.abs(w * x[p % x.length]!))), 1e-9);
  const inputs = ["x", "h"], sums = dense.length === 2 ? ["a", "z"] : ["z"];
  const linesOf = (at: number, unit: number): Line[] => {
    const { x, sums: made, weights, bias } = links[at]!, last = at === links.length - 1;
    const parts = [...x].map((of, i) => ({ k: `${name}-${at}-${i}-${unit}`, name: `${inputs[at]}${BELOW[i]} · ${fixed(weights[unit * x.length + i]!, 2)}`, value: of * weights[unit * x.length + i]! }));
    const after = last
      ? [{ k: `${name}-y-${unit}`, name: `y${BELOW[unit]} (${CLASSES[unit]})`, value: y[unit]! }]
      : [{ k: `${name}-h-${unit}`, name: `h${BELOW[unit]}`, value: links[at + 1]!.x[unit]! }];
    return [...parts, { k: `${name}-b-${at}-${unit}`, name: `b${BELOW[unit]}`, value: bias[unit]! }, { k: `${name}-s-${at}-${unit}`, name: `${sums[at]}${BELOW[unit]}`, value: made[unit]! }, ...after];
  };
  return (
    <svg class="live-network" viewBox={`0 0 ${measures.wide} ${HIGH}`} role="img" aria-label={`The network at this point: ${CLASSES.map((of, c) => `class ${of} ${percent(y[c]!)}`).join(", ")}`}>
      {links.flatMap(({ x, sums: made, weights }, at) =>
        [...made].flatMap((_, unit) =>
          [...x].map((of, i) => {
            const from = spot(at, i, x.length), to = spot(at + 1, unit, made.length), part = of * weights[unit * x.length + i]!;
            return (
              <path
                key={`${at} ${i} ${unit}`} data-k={`${name}-${at}-${i}-${unit}`} class={part < 0 ? "below" : "above"} style={{ strokeWidth: `${0.7 + (WIDEST * Math.abs(part)) / largest}` }}
                d={`M${from.left + from.width},${from.middle}L${to.left},${to.middle}`}
              />
            );
          }),
        ),
      )}
      {[...links[0]!.x].map((of, i) => <Box key={i} at={spot(0, i, 2)} lines={[{ k: `${name}-x-${i}`, name: `x${BELOW[i]}`, value: of }]} decimals={measures.decimals} />)}
      {links.flatMap(({ sums: made }, at) => [...made].map((_, unit) => <Box key={`${at} ${unit}`} at={spot(at + 1, unit, made.length)} lines={linesOf(at, unit)} decimals={measures.decimals} />))}
    </svg>
  );
}
