/** The gradient of each layer of a deep network before any training, by depth and activation. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Cost, Dense, fromRows, initialize, LeakyReLU, Network, norm, Sigmoid, Tanh, type Layer } from "../kernel";
import { Buttons } from "./choice";
import { LOSS, type Rings } from "./data";
import { LinePlot } from "./plot";
import { Slider } from "./slider";

/** Neurons of each hidden layer; hidden layers at first, as in the text, and at most. */
const WIDTH = 8;
const [FIRST_DEPTH, MOST_DEPTH] = [8, 20];
const STARTS = 4;
const SLOPE = 0.1;
const ACTIVATIONS: readonly (readonly [string, Layer])[] = [["sigmoid", new Sigmoid()], ["tanh", new Tanh()], ["leaky ReLU", new LeakyReLU(SLOPE)]];

/** Return the norm of the gradient of each dense layer's weights, the first layer's first. */
function norms(part: Rings, activation: Layer, depth: number, seed: number): number[] {
  const more = Array.from({ length: depth - 1 }, () => [new Dense(WIDTH, WIDTH), activation]).flat();
  const network = new Network([new Dense(2, WIDTH), activation, ...more, new Dense(WIDTH, 3)]), gradient = network.zeros();
  Cost.of(network, LOSS, fromRows(part.x), part.labels).valueAndGradient(initialize(network, seed), gradient);
  return network.views(gradient).flatMap(({ weights }) => (weights ? [norm(weights)] : []));
}

export function VanishingFigure({ part }: { part: Rings }): JSX.Element {
  const [depth, setDepth] = useState(FIRST_DEPTH);
  const [seed, setSeed] = useState(0);
  const found = useMemo(() => ACTIVATIONS.map(([name, activation]) => ({ name, norms: norms(part, activation, depth, seed) })), [depth, seed]);
  const all = found.flatMap((each) => each.norms);
  return (
    <>
      <div class="live-sliders">
        <Slider label="Hidden layers" min={1} max={MOST_DEPTH} step={1} at={depth} text={String(depth)} onMove={setDepth} />
        <Buttons label="Random weights" names={Array.from({ length: STARTS }, (_, at) => `draw ${at + 1}`)} chosen={seed} onChoose={setSeed} />
      </div>
      <LinePlot
        lines={found.map(({ name, norms: of }) => ({ name, points: of.map((size, layer) => [layer + 1, size] as const) }))}
        x={{ name: "layer, from the input", low: 1, high: depth + 1 }} y={{ name: "norm of the gradient", low: Math.min(...all) / 2, high: Math.max(...all) * 2, log: true }}
        label={`The norm of the gradient of each of ${depth + 1} layers, by activation function`}
      />
      <p class="live-told" aria-live="polite">
        The last layer's gradient divided by the first's:{" "}
        {found.map(({ name, norms: of }, at) => <span key={name}>{at > 0 && " · "}{name} <strong><data value={of.at(-1)! / of[0]!}>{ratio(of.at(-1)! / of[0]!)}</data></strong></span>)}
      </p>
    </>
  );
}

/** Return a ratio in words that are read at a glance. */
function ratio(of: number): string {
  if (of < 1000) return of.toPrecision(2);
  const power = Math.floor(Math.log10(of) / 3);
  return `${Number((of / 1000 ** power).toPrecision(2))} ${["", "thousand", "million", "billion", "trillion", "quadrillion"][power] ?? `· 1000^${power}`}`;
}
