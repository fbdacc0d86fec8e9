/** Newton's method beside gradient descent, step by step: each of its steps goes to the lowest point of a parabola. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { fromRows, GradientDescent, type Network } from "../kernel";
import { costOf, LOSS, type Gaussians } from "./data";
import { descend } from "./descend";
import { Exact } from "./numbers";
import { LinePlot } from "./plot";
import { Slider } from "./slider";

/** How far along the step the curves go: 0 is where it begins, 1 where it ends. */
const [BEFORE, BEYOND] = [-0.4, 2];
const POINTS = 61;

export interface Along {
  /** The slope of the cost and its curvature along the step, where it begins. */
  readonly slope: number;
  readonly curvature: number;
  readonly cost: (share: number) => number;
}

/** Return the cost along a step from some parameters. */
export function along(network: Network, part: Gaussians, theta: Float64Array, step: Float64Array): Along {
  const cost = costOf(network, part), gradient = network.zeros();
  cost.valueAndGradient(theta, gradient);
  const outputs = network.forward(theta, fromRows(part.x)), dz = network.jvp(theta, outputs, step);
  const bent = LOSS.curvatureProduct(outputs.at(-1)!, part.labels, dz);
  return {
    slope: gradient.reduce((sum, of, p) => sum + of * step[p]!, 0),
    curvature: bent.data.reduce((sum, of, p) => sum + of * dz.data[p]!, 0),
    cost: (share) => cost.value(theta.map((of, p) => of + share * step[p]!)),
  };
}

export function NewtonFigure({ network, part }: { network: Network; part: Gaussians }): JSX.Element {
  const [step, setStep] = useState(0);
  const { costs, lines } = useMemo(() => {
    const descent = descend(costOf(network, part), new GradientDescent(part.rate), Float64Array.from(part.start), part.steps).costs;
    const cost = costOf(network, part), newton = part.newton.map((theta) => cost.value(Float64Array.from(theta)));
    const points = (of: readonly number[]): (readonly [number, number])[] => of.map((value, k) => [k, value] as const);
    return { costs: { descent, newton }, lines: [{ name: "Newton's method", points: points(newton) }, { name: `gradient descent, rate ${part.rate}`, points: points(descent) }] };
  }, [network]);
  const theta = Float64Array.from(part.newton[step]!), to = part.newton[step + 1]!;
  const { slope, curvature, cost } = useMemo(() => along(network, part, theta, theta.map((of, p) => to[p]! - of)), [step]);
  const here = costs.newton[step]!, parabola = (share: number): number => here + slope * share + (curvature / 2) * share * share, lowest = -slope / curvature;
  const shares = Array.from({ length: POINTS }, (_, i) => BEFORE + ((BEYOND - BEFORE) * i) / (POINTS - 1));
  const values = shares.map(cost), low = Math.min(...values, parabola(lowest)), high = Math.max(here, ...values);
  return (
    <>
      <div class="live-sliders">
        <Slider label="Step" min={0} max={part.newton.length - 2} step={1} at={step} text={String(step)} onMove={setStep} />
      </div>
      <div class="live-panels">
        <div>
          <p class="live-title">The cost after each step</p>
          <LinePlot
            lines={lines} x={{ name: "step", low: 0, high: part.steps }} y={{ name: "cost", low: 0, high: 1.05 * costs.descent[0]! }} mark={step}
            dots={[[step, here], [step, costs.descent[step]!]]} label={`The costs after step ${step}: Newton's method ${here.toFixed(2)}, gradient descent ${costs.descent[step]!.toFixed(2)}`}
          />
        </div>
        <div>
          <p class="live-title">Newton's next step, from 0 to 1</p>
          <LinePlot
            lines={[{ name: "cost", points: shares.map((share, i) => [share, values[i]!] as const) }, { name: "parabola", points: shares.map((share) => [share, parabola(share)] as const) }]}
            x={{ name: "share of the step", low: BEFORE, high: BEYOND }} y={{ name: "cost", low: low - 0.08 * (high - low), high: high + 0.04 * (high - low) }}
            mark={lowest} dots={[[0, here], [lowest, parabola(lowest)]]} label={`The cost along the next step of Newton's method, and the parabola with its slope and curvature, which is lowest at ${lowest.toFixed(2)} of the step`}
          />
        </div>
      </div>
      <p class="live-told" aria-live="polite">
        Cost after step {step}: <strong><Exact value={here} decimals={2} /></strong> with Newton's method, <Exact value={costs.descent[step]!} decimals={2} /> with gradient descent{" · "}
        the parabola is lowest at <Exact value={lowest} decimals={2} /> of the next step, and the cost there is <Exact value={cost(lowest)} decimals={2} />
      </p>
    </>
  );
}
