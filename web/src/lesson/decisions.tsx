/** Two trainings side by side at the same step: how the regions of the rings grow. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { GradientDescent } from "../kernel";
import { Buttons } from "./choice";
import { accuracyOf, confusion, costOf, type Rings } from "./data";
import type { Choice } from "./descent";
import { Exact, Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { Slider } from "./slider";
import { useDescent } from "./use_descent";

export function DecisionsFigure({ part, choices }: { part: Rings; choices: readonly Choice[] }): JSX.Element {
  const [asked, setStep] = useState(part.steps);
  const [half, setHalf] = useState(0);
  const rates = [part.rate, part.rate / 2];
  return (
    <>
      <div class="live-sliders">
        <Buttons label="Learning rate" names={rates.map((rate) => `rate ${rate}`)} chosen={half} onChoose={setHalf} />
        <Slider label="Step" min={0} max={part.steps} step={1} at={asked} text={String(asked)} onMove={setStep} />
      </div>
      <div class="live-panels">
        {choices.map((choice) => <One key={choice.name} part={part} choice={choice} rate={rates[half]!} asked={asked} />)}
      </div>
      <MapKey />
    </>
  );
}

function One({ part, choice: { name, network, start }, rate, asked }: { part: Rings; choice: Choice; rate: number; asked: number }): JSX.Element {
  const { thetas, costs, done } = useDescent(String(rate), () => ({ cost: costOf(network, part), optimizer: new GradientDescent(rate), start, steps: part.steps }));
  const step = Math.min(asked, thetas.length - 1), theta = thetas[step]!;
  return (
    <div>
      <p class="live-title">{name}</p>
      <PlaneMap network={network} theta={theta} part={part} label={`Decision regions with ${name} after step ${step}`} />
      <p class="live-told" aria-live="polite" data-done={done}>
        cost <strong><Exact value={costs[step]!} decimals={1} /></strong>{" · "}classified correctly: <strong><Percent share={accuracyOf(confusion(network, theta, part))} /></strong>
      </p>
    </div>
  );
}
