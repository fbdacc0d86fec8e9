/** How many hidden neurons: a network of any size is trained before one's eyes, and asked about new points. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Dense, Identity, initialize, LeakyReLU, Momentum, Network, Sigmoid, Tanh, type Layer } from "../kernel";
import { Buttons } from "./choice";
import { accuracyOf, confusion, costOf, type Rings } from "./data";
import { Exact, Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { Slider } from "./slider";
import { useDescent } from "./use_descent";

/** Of the training in the text, with Nesterov's momentum. */
const [RATE, KEPT] = [0.002, 0.9];
const MOST_NEURONS = 24;
/** The size of the text's map, and the starts of its table. */
const FIRST_NEURONS = 16;
const STARTS = 5;
const SLOPE = 0.1;
const ACTIVATIONS: readonly (readonly [string, () => Layer])[] = [
  ["tanh", () => new Tanh()],
  ["sigmoid", () => new Sigmoid()],
  ["leaky ReLU", () => new LeakyReLU(SLOPE)],
  ["none", () => new Identity()],
];

export function SizesFigure({ part }: { part: Rings }): JSX.Element {
  const [neurons, setNeurons] = useState(FIRST_NEURONS);
  const [activation, setActivation] = useState(0);
  const [from, setFrom] = useState(0);
  const [asked, setStep] = useState(part.steps);
  const network = useMemo(() => new Network([new Dense(2, neurons), ACTIVATIONS[activation]![1](), new Dense(neurons, 3)]), [neurons, activation]);
  const { thetas, costs, done } = useDescent(`${neurons} ${activation} ${from}`, () => ({
    cost: costOf(network, part), optimizer: new Momentum(RATE, KEPT, true), start: initialize(network, from), steps: part.steps,
  }));
  const step = Math.min(asked, thetas.length - 1), theta = thetas[step]!;
  const right = accuracyOf(confusion(network, theta, part)), fresh = accuracyOf(confusion(network, theta, part.fresh));
  return (
    <>
      <div class="live-sliders">
        <Slider label="Hidden neurons" min={1} max={MOST_NEURONS} step={1} at={neurons} text={String(neurons)} onMove={setNeurons} />
        <Buttons label="Activation function" names={ACTIVATIONS.map(([name]) => name)} chosen={activation} onChoose={setActivation} />
        <Buttons label="Start" names={Array.from({ length: STARTS }, (_, at) => `start ${at + 1}`)} chosen={from} onChoose={setFrom} />
        <Slider label="Step" min={0} max={part.steps} step={1} at={step} text={String(step)} onMove={setStep} />
      </div>
      <div class="live-alone">
        <PlaneMap network={network} theta={theta} part={part} label={`Decision regions of the network with ${neurons} hidden neurons after step ${step}`} />
        <MapKey />
      </div>
      <p class="live-told" aria-live="polite" data-done={done}>
        {network.size} parameters{" · "}cost after step {step}: <strong><Exact value={costs[step]!} decimals={1} /></strong>
        {" · "}training points classified correctly: <strong><Percent share={right} /></strong>{" · "}new points: <strong><Percent share={fresh} /></strong>
        <span class="live-key">Without an activation (“none”) the network is linear: as section 3 shows, however many hidden neurons it has, it can do no more than one layer.</span>
      </p>
    </>
  );
}
