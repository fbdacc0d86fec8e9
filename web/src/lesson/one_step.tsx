/** One step of gradient descent with its rate to drag: the probabilities of all rows after it, and the cost. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { fromRows, GradientDescent, type Network } from "../kernel";
import { CLASS_COLORS } from "../playground/colors";
import { accuracyOf, CLASSES, confusion, costOf, probabilities, type Gaussians } from "./data";
import { descend } from "./descend";
import { Exact, Percent } from "./numbers";
import { RateSlider } from "./slider";

/** The rate of the text, which is far too high. */
const FIRST = 1;
const RATES = [0.001, 1] as const;

export function OneStepFigure({ network, part }: { network: Network; part: Gaussians }): JSX.Element {
  const [rate, setRate] = useState(FIRST);
  const cost = useMemo(() => costOf(network, part), [network]);
  const { costs, thetas } = descend(cost, new GradientDescent(rate), Float64Array.from(part.start), 1);
  return (
    <>
      <div class="live-sliders">
        <RateSlider rates={RATES} rate={rate} onMove={setRate} />
        <button type="button" onClick={() => setRate(FIRST)}>Reset</button>
      </div>
      <p class="live-title">Probabilities of all points after the step, in the order of their classes</p>
      <Rows network={network} theta={thetas[1]!} part={part} label={`The probabilities of all points after one step of rate ${rate}`} />
      <p class="live-key">
        {CLASSES.map((name, c) => (
          <span key={name} class="live-marker">
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill={CLASS_COLORS[c]} /></svg>
            {name}
          </span>
        ))}
        Points of a stand on the left, of b in the middle, of c on the right.
      </p>
      <p class="live-told" aria-live="polite">
        Cost before the step: <Exact value={costs[0]!} decimals={1} />{" · "}after it: <strong><Exact value={costs[1]!} decimals={1} /></strong>
        {" · "}points classified correctly: <strong><Percent share={accuracyOf(confusion(network, thetas[1]!, part))} /></strong>
      </p>
    </>
  );
}

/** A column for each row, as high as its probabilities, which add up to one. */
function Rows({ network, theta, part, label }: { network: Network; theta: Float64Array; part: Gaussians; label: string }): JSX.Element {
  const y = probabilities(network, theta, fromRows(part.x)), order = [...part.labels.keys()].sort((a, b) => part.labels[a]! - part.labels[b]! || a - b);
  return (
    <svg class="live-rows" viewBox={`0 0 ${order.length} 1`} preserveAspectRatio="none" role="img" aria-label={label}>
      {order.flatMap((row, at) => {
        const shares = [...y.data.subarray(row * y.columns, (row + 1) * y.columns)];
        let below = 1;
        return shares.map((share, c) => <rect key={`${at} ${c}`} x={at + 0.06} width={0.88} y={(below -= share)} height={share} fill={CLASS_COLORS[c]} />);
      })}
    </svg>
  );
}
