/** One weight of the hidden layer to drag, and every number on its way to the loss and back, in the picture of the network. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { matrix, type Matrix, type Network } from "../kernel";
import { fixed } from "../playground/format";
import { BELOW, LOSS, type Rings } from "./data";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** The weight of the text: from the first input to the third hidden neuron, counted from 0. */
const [INPUT, NEURON] = [0, 2];
/** How far the slider goes to either side of the trained weight: so far, the point comes to the right class. */
const REACH = 6;
const STEP = 0.01;
/** The picture, in its own units: a column for inputs, hidden neurons, logits and the loss. */
const [WIDE, HIGH] = [440, 300];
const LEFT = [1, 112, 228, 373] as const;
const WIDTH = [86, 92, 122, 66] as const;

export interface Way {
  readonly x: Matrix;
  readonly a: Matrix;
  readonly h: Matrix;
  readonly z: Matrix;
  readonly y: Matrix;
  readonly loss: number;
  readonly dz: Matrix;
  /** Slopes of the loss by the hidden neuron's output, by its sum and by the weight. */
  readonly dh: number;
  readonly da: number;
  readonly dw: number;
  /** The weights from the hidden neuron to the logits. */
  readonly onward: Float64Array;
}

/** Return every number on the way of the weight, for one row and its class. */
export function wayOf(network: Network, theta: Float64Array, row: readonly number[], label: number): Way {
  const outputs = network.forward(theta, matrix(1, row.length, row)), [x, a, h, z] = outputs as [Matrix, Matrix, Matrix, Matrix];
  const { value, gradient } = LOSS.valueAndGradient(z, [label]), slopes = network.backwardSteps(theta, outputs, gradient);
  const weights = network.views(theta)[2]!["weights"]!, width = h.columns;
  return {
    x, a, h, z, y: LOSS.activation.forward({}, z), loss: value[0]!, dz: gradient,
    dh: slopes[2]!.data[NEURON]!, da: slopes[1]!.data[NEURON]!, dw: slopes[1]!.data[NEURON]! * x.data[INPUT]!,
    onward: Float64Array.from({ length: z.columns }, (_, c) => weights[c * width + NEURON]!),
  };
}

export function ThroughFigure({ network, part }: { network: Network; part: Rings }): JSX.Element {
  const place = NEURON * network.inputs + INPUT, trained = part.theta[place]!;
  const [w, setW] = useState(trained);
  const theta = Float64Array.from(part.theta);
  theta[place] = w;
  const of = wayOf(network, theta, part.x[part.row]!, part.labels[part.row]!);
  return (
    <>
      <div class="live-sliders">
        <Slider label="Weight" symbol="w" min={trained - REACH} max={trained + REACH} step={STEP} at={w} text={fixed(w, 4)} onMove={setW} />
        <button type="button" onClick={() => setW(trained)}>Reset</button>
      </div>
      <div class="scroll">
        <Picture of={of} w={w} />
      </div>
      <p class="live-told" aria-live="polite">
        Loss of this point: <strong><Exact value={of.loss} decimals={4} k="t-L" /></strong>
        {" · "}its slope for the weight: <strong><Exact value={of.dw} decimals={4} k="t-dw" /></strong>
        <span class="live-key">Point at a number, here or in the formulas above, and it lights up wherever it appears.</span>
      </p>
    </>
  );
}

/** Where a box of the picture stands. */
export interface Spot {
  left: number;
  width: number;
  middle: number;
}

export interface Line {
  k: string;
  name: string;
  value: number;
}

function Picture({ of, w }: { of: Way; w: number }): JSX.Element {
  const at = (column: number, place: number, count: number): Spot => ({ left: LEFT[column]!, width: WIDTH[column]!, middle: ((place + 0.5) * HIGH) / count });
  const edge = (from: Spot, to: Spot): string => `M${from.left + from.width},${from.middle}L${to.left},${to.middle}`;
  const [xs, hs, zs] = [of.x.data, of.h.data, of.z.data].map((values) => [...values.keys()]) as [number[], number[], number[]];
  return (
    <svg class="live-network live-way" viewBox={`0 0 ${WIDE} ${HIGH}`} role="group" aria-label={`The network at this point: the loss is ${fixed(of.loss, 4)}, its slope for the weight ${fixed(of.dw, 4)}`}>
      {xs.flatMap((i) => hs.map((j) => <path key={`${i}${j}`} d={edge(at(0, i, 2), at(1, j, 3))} {...(i === INPUT && j === NEURON ? { class: "way", "data-k": "t-w" } : {})} />))}
      {hs.flatMap((j) => zs.map((c) => <path key={`${j}${c}`} d={edge(at(1, j, 3), at(2, c, 3))} {...(j === NEURON ? { class: "way", "data-k": `t-v${c + 1}` } : {})} />))}
      {zs.map((c) => <path key={c} class="way" data-k={`t-dz${c + 1}`} d={edge(at(2, c, 3), at(3, 0, 1))} />)}
      {xs.map((i) => <Box key={i} at={at(0, i, 2)} lines={[{ k: `t-x${i + 1}`, name: `x${BELOW[i]}`, value: of.x.data[i]! }, ...(i === INPUT ? [{ k: "t-w", name: "w", value: w }, { k: "t-dw", name: "∂L/∂w", value: of.dw }] : [])]} />)}
      {hs.map((j) => (
        <Box
          key={j} at={at(1, j, 3)}
          lines={[
            { k: `t-a${j + 1}`, name: `a${BELOW[j]}`, value: of.a.data[j]! }, { k: `t-h${j + 1}`, name: `h${BELOW[j]}`, value: of.h.data[j]! },
            ...(j === NEURON ? [{ k: "t-dh", name: "∂L/∂h₃", value: of.dh }, { k: "t-da", name: "∂L/∂a₃", value: of.da }] : []),
          ]}
        />
      ))}
      {zs.map((c) => (
        <Box
          key={c} at={at(2, c, 3)}
          lines={[
            { k: `t-v${c + 1}`, name: `∂z${BELOW[c]}/∂h₃`, value: of.onward[c]! }, { k: `t-z${c + 1}`, name: `z${BELOW[c]}`, value: of.z.data[c]! },
            { k: `t-y${c + 1}`, name: `y${BELOW[c]}`, value: of.y.data[c]! }, { k: `t-dz${c + 1}`, name: `∂L/∂z${BELOW[c]}`, value: of.dz.data[c]! },
          ]}
        />
      ))}
      <Box at={at(3, 0, 1)} lines={[{ k: "t-L", name: "L", value: of.loss }]} />
    </svg>
  );
}

/** The height of a line of a box. */
const LINE = 17;

export function Box({ at: { left, width, middle }, lines, decimals = 4 }: { at: Spot; lines: readonly Line[]; decimals?: number }): JSX.Element {
  const high = lines.length * LINE + 8, top = middle - high / 2;
  return (
    <g>
      <rect x={left} y={top} width={width} height={high} rx="5" />
      {lines.map(({ k, name, value }, line) => (
        <text key={k} data-k={k} data-value={value} y={top + 4 + (line + 0.75) * LINE}>
          <tspan x={left + 6}>{name}</tspan>
          <tspan x={left + width - 6} class="end">{fixed(value, decimals)}</tspan>
        </text>
      ))}
    </g>
  );
}
