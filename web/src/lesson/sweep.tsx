/** The cost after so many steps, over the learning rate: too low, good, too high. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { GradientDescent, type Network } from "../kernel";
import { costOf, type Gaussians } from "./data";
import { descend } from "./descend";
import { Exact } from "./numbers";
import { LinePlot } from "./plot";
import { RateSlider, Slider } from "./slider";

const RATES = [0.001, 1] as const;
/** Rates between those, evenly on a logarithmic scale. */
const POINTS = 73;

export function SweepFigure({ network, part }: { network: Network; part: Gaussians }): JSX.Element {
  const [rate, setRate] = useState<number>(part.rate);
  const [step, setStep] = useState(part.steps);
  const of = useMemo(() => {
    const cost = costOf(network, part), start = Float64Array.from(part.start);
    return (at: number): readonly number[] => descend(cost, new GradientDescent(at), start, part.steps).costs;
  }, [network]);
  const all = useMemo(() => Array.from({ length: POINTS }, (_, i) => RATES[0] * (RATES[1] / RATES[0]) ** (i / (POINTS - 1))).map((at) => [at, of(at)] as const), [of]);
  const costs = useMemo(() => of(rate), [of, rate]);
  const here = costs[step]!, rises = costs.slice(1, step + 1).filter((cost, k) => cost > costs[k]!).length;
  const [best, lowest] = all.map(([at, each]) => [at, each[step]!] as const).reduce((a, b) => (b[1] < a[1] ? b : a));
  return (
    <>
      <div class="live-sliders">
        <RateSlider rates={RATES} rate={rate} onMove={setRate} />
        <Slider label="After step" min={1} max={part.steps} step={1} at={step} text={String(step)} onMove={setStep} />
      </div>
      <LinePlot
        lines={[{ name: "cost", points: all.map(([at, each]) => [at, each[step]!] as const) }]}
        x={{ name: "learning rate", low: RATES[0], high: RATES[1], log: true }} y={{ name: `cost after step ${step}`, low: 10, high: 1500, log: true }}
        mark={rate} dots={[[rate, here]]} label={`The cost after step ${step} over the learning rate: ${here.toFixed(2)} with rate ${rate}, lowest near ${best.toPrecision(2)}`}
      />
      <p class="live-told" aria-live="polite">
        Cost after step {step} with rate {rate}: <strong><Exact value={here} decimals={2} /></strong>{" · "}steps that raised it: <Exact value={rises} decimals={0} />
        {" · "}lowest: <Exact value={lowest} decimals={2} /> near rate {best.toPrecision(2)}
        <span class="live-key">Both axes are logarithmic. Drag the step: the best rate depends on how many steps are taken.</span>
      </p>
    </>
  );
}
