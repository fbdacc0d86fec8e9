/** A wrong derivative to choose: the training that it spoils, and the difference of the loss that gives it away. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Cost, Dense, fromRows, GradientDescent, Network, Tanh } from "../kernel";
import { Buttons } from "./choice";
import { powerOfTen, shown } from "../learn/numbers";
import { costOf, LOSS, type Rings } from "./data";
import type { Choice } from "./descent";
import { Exact } from "./numbers";
import { LinePlot } from "./plot";
import { Slider } from "./slider";
import { useDescent } from "./use_descent";

/** Up to which relative error two slopes agree, as in the text. */
const AGREES = 1e-6;
/** The powers of ten that the weight can be moved by. */
const [SMALLEST, LARGEST, FIRST] = [-12, -1, -5];
/** The weight of the text, from the first input to the third hidden neuron. */
const [INPUT, NEURON] = [0, 2];

/** What a derivative of tanh may be taken for. */
const DERIVATIVES: readonly (readonly [string, (h: number) => number])[] = [
  ["1 − h (the text's)", (h) => 1 - h],
  ["1 − h² (correct)", (h) => 1 - h * h],
  ["h (1 − h) (the sigmoid's)", (h) => h * (1 - h)],
  ["1 (forgotten)", () => 1],
];

/** The hyperbolic tangent with a derivative of someone's own. */
class Taken extends Tanh {
  constructor(private readonly of: (h: number) => number) {
    super();
  }

  override derivative(_x: number, y: number): number {
    return this.of(y);
  }
}

const networkWith = (of: (h: number) => number): Network => new Network([new Dense(2, 3), new Taken(of), new Dense(3, 3)]);
const CORRECT = 1;

export function PlantedFigure({ part, start }: { part: Rings; start: Choice["start"] }): JSX.Element {
  const [chosen, choose] = useState(0);
  const [power, setPower] = useState(FIRST);
  const [right, taken] = [useTrained(part, start, CORRECT), useTrained(part, start, chosen)];
  const { backward, central } = useMemo(() => slopes(part, start, chosen, 10 ** power), [chosen, power]);
  const error = Math.abs(backward - central) / Math.max(Math.abs(backward), Math.abs(central)), agree = error <= AGREES;
  const line = (name: string, costs: readonly number[]) => ({ name, points: costs.map((cost, k) => [k, cost] as const) });
  return (
    <>
      <div class="live-sliders">
        <Buttons label="Derivative of tanh" names={DERIVATIVES.map(([name]) => name)} chosen={chosen} onChoose={choose} />
        <Slider label="Move the weight by" symbol="ε" min={SMALLEST} max={LARGEST} step={1} at={power} text={powerOfTen(power)} onMove={setPower} />
      </div>
      <LinePlot
        lines={[line("with this derivative", taken.costs), line("with the correct one", right.costs)]} x={{ name: "step", low: 0, high: part.steps }} y={{ name: "cost", low: 90, high: 180 }}
        label={`The cost over ${part.steps} steps of training with the derivative ${DERIVATIVES[chosen]![0]}`}
      />
      <p class="live-told" aria-live="polite" data-done={right.done && taken.done}>
        Cost at the end: <strong><Exact value={taken.costs.at(-1)!} decimals={1} /></strong>, with the correct derivative <Exact value={right.costs.at(-1)!} decimals={1} />
        <br />
        Slope of w for the first point: <Exact value={backward} decimals={8} /> by the chain rule, <Exact value={central} decimals={8} /> by the central difference{" · "}
        relative error <strong><data value={error}>{shown(error, 2)}</data></strong>: {agree ? "they agree" : chosen !== CORRECT ? "they disagree" : power > FIRST ? "ε is too large: the loss is not a parabola" : "ε is too small: what remains is the rounding of the loss"}
      </p>
    </>
  );
}

function useTrained(part: Rings, start: Float64Array, which: number) {
  return useDescent(String(which), () => ({ cost: costOf(networkWith(DERIVATIVES[which]![1]), part), optimizer: new GradientDescent(part.rate / 2), start, steps: part.steps }));
}

/** Return the slope of the first row's loss for one weight at the start: as the derivative has it, and by a central difference. */
function slopes(part: Rings, start: Float64Array, which: number, h: number): { backward: number; central: number } {
  const network = networkWith(DERIVATIVES[which]![1]), cost = Cost.of(network, LOSS, fromRows([part.x[0]!]), [part.labels[0]!], { reduction: "sum" });
  const place = NEURON * network.inputs + INPUT, gradient = network.zeros();
  cost.valueAndGradient(start, gradient);
  const moved = (by: number): number => cost.value(start.map((of, p) => (p === place ? of + by : of)));
  return { backward: gradient[place]!, central: (moved(h) - moved(-h)) / (2 * h) };
}
