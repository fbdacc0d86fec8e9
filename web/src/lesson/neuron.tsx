/** The smallest network with its weight to drag: each number of its chain, and the loss as a curve with its slope. */

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { logistic, softplus } from "../kernel";
import { fixed } from "../playground/format";
import { Curve } from "./curve";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** The weights that the slider and the curve go between. */
const [LOWEST, HIGHEST] = [-2, 3];
const STEP = 0.01;

export interface Chain {
  readonly z: number;
  readonly y: number;
  readonly loss: number;
  readonly dlossDy: number;
  readonly dyDz: number;
  readonly dzDw: number;
  readonly dlossDw: number;
}

/** Return every number of the chain of one weight, as `one_neuron` does in Python. */
export function chainOf(input: number, weight: number): Chain {
  const z = weight * input, y = logistic(z), dlossDy = -1 / y, dyDz = y * (1 - y);
  return { z, y, loss: softplus(-z), dlossDy, dyDz, dzDw: input, dlossDw: dlossDy * dyDz * input };
}

export function NeuronFigure({ input, weight }: { input: number; weight: number }): JSX.Element {
  const [w, setW] = useState(weight);
  const of = chainOf(input, w);
  return (
    <>
      <div class="live-sliders">
        <Slider label="Weight" symbol="w" min={LOWEST} max={HIGHEST} step={STEP} at={w} text={fixed(w, 2)} onMove={setW} />
        <button type="button" onClick={() => setW(weight)}>Reset</button>
      </div>
      <div class="live-panels">
        <div>
          <p class="live-chain">
            <Link name="w" k="w" value={w} decimals={2} />
            <Slope name="dz/dw" k="dzdw" value={of.dzDw} decimals={0} />
            <Link name="z" k="z" value={of.z} decimals={2} />
            <Slope name="dy/dz" k="dydz" value={of.dyDz} decimals={4} />
            <Link name="y" k="y" value={of.y} decimals={4} />
            <Slope name="dL/dy" k="dLdy" value={of.dlossDy} decimals={4} />
            <Link name="L" k="L" value={of.loss} decimals={4} />
          </p>
          <p class="live-told" aria-live="polite">
            <Term k="dLdw">dL/dw</Term> = (<Exact value={of.dlossDy} decimals={4} k="dLdy" />) · <Exact value={of.dyDz} decimals={4} k="dydz" /> ·{" "}
            <Exact value={of.dzDw} decimals={0} k="dzdw" /> = <strong><Exact value={of.dlossDw} decimals={4} k="dLdw" /></strong>
          </p>
        </div>
        <Curve
          f={(at) => chainOf(input, at).loss} slope={(at) => chainOf(input, at).dlossDw} at={w} xs={[LOWEST, -1, 0, 1, 2, HIGHEST]} ys={[0, 1, 2, 3, 4]}
          xName="weight w" yName="loss L" reach={0.9} keys={["L", "dLdw", "w"]}
          label={`The loss over the weight: at ${fixed(w, 2)} it is ${fixed(of.loss, 4)}, and its slope is ${fixed(of.dlossDw, 4)}`}
        />
      </div>
      <p class="live-key">Point at a term, here or in the formulas above, and its number lights up wherever it appears.</p>
    </>
  );
}

const Term = ({ k, children }: { k: string; children: ComponentChildren }): JSX.Element => (
  <span data-k={k} class="live-term">{children}</span>
);

interface Numbered {
  name: string;
  k: string;
  value: number;
  decimals: number;
}

const Link = ({ name, k, value, decimals }: Numbered): JSX.Element => (
  <span class="live-link" data-k={k}>
    <i>{name}</i> = <Exact value={value} decimals={decimals} />
  </span>
);

const Slope = ({ name, k, value, decimals }: Numbered): JSX.Element => (
  <span class="live-slope" data-k={k}>
    ↓ {name} = <Exact value={value} decimals={decimals} />
  </span>
);
