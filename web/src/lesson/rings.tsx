/** One layer on the rings: with the coordinates it draws wedges, with the feature made by hand circles. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Cost, Dense, fromRows, GradientDescent, matrix, Network, type Matrix } from "../kernel";
import { Buttons } from "./choice";
import { accuracyOf, confusion, LOSS, type Rings } from "./data";
import { Exact, Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { Slider } from "./slider";
import { useDescent } from "./use_descent";

interface Inputs {
  readonly name: string;
  readonly of: (x: Matrix) => Matrix;
}

/** Return the square of the distance of points (n, 2) from the origin (n, 1). */
function squaredDistance(x: Matrix): Matrix {
  return matrix(x.rows, 1, Float64Array.from({ length: x.rows }, (_, row) => x.data[2 * row]! ** 2 + x.data[2 * row + 1]! ** 2));
}

const INPUTS: readonly Inputs[] = [
  { name: "x₁ and x₂", of: (x) => x },
  { name: "q = x₁² + x₂²", of: squaredDistance },
];

export function RingsFigure({ part }: { part: Rings }): JSX.Element {
  const [chosen, choose] = useState(0);
  const [asked, setStep] = useState(part.steps);
  const inputs = INPUTS[chosen]!, network = NETWORKS[chosen]!;
  const { thetas, costs, done } = useDescent(inputs.name, () => ({
    cost: Cost.of(network, LOSS, inputs.of(fromRows(part.x)), part.labels, { reduction: "sum" }),
    optimizer: new GradientDescent(part.rate), start: network.zeros(), steps: part.steps,
  }));
  const step = Math.min(asked, thetas.length - 1), theta = thetas[step]!;
  const right = accuracyOf(confusion(network, theta, part, inputs.of)), fresh = accuracyOf(confusion(network, theta, part.fresh, inputs.of));
  return (
    <>
      <div class="live-sliders">
        <Buttons label="Inputs of the layer" names={INPUTS.map(({ name }) => name)} chosen={chosen} onChoose={choose} />
        <Slider label="Step" min={0} max={part.steps} step={1} at={step} text={String(step)} onMove={setStep} />
      </div>
      <div class="live-alone">
        <PlaneMap network={network} theta={theta} part={part} inputs={inputs.of} label={`Decision regions of one layer with ${inputs.name} after step ${step}`} />
        <MapKey />
      </div>
      <p class="live-told" aria-live="polite" data-done={done}>
        {network.size} parameters{" · "}cost after step {step}: <Exact value={costs[step]!} decimals={1} />{" · "}classified correctly: <strong><Percent share={right} /></strong>
        {" · "}of new points: <Percent share={fresh} />
      </p>
    </>
  );
}

const NETWORKS = [new Network([new Dense(2, 3)]), new Network([new Dense(1, 3)])] as const;
