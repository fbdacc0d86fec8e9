/** What each hidden neuron computes over the plane, at any step of the training. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { GradientDescent, matrix, type Network } from "../kernel";
import { Canvas } from "../playground/canvas";
import { colors } from "../playground/colors";
import { drawAxes, drawUnit, squareOf } from "../playground/draw_map";
import { gridOf } from "../playground/maps";
import { BELOW, costOf, planeOf, type Rings } from "./data";
import { descend } from "./descend";
import type { Choice } from "./descent";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** Points of a side of the grid. */
const SIDE = 60;
/** The point of the text whose numbers are told. */
const POINT = [0.75, 0] as const;

export function UnitsFigure({ part, choices }: { part: Rings; choices: readonly Choice[] }): JSX.Element {
  const [choice, setChoice] = useState(0);
  const [asked, setStep] = useState(part.steps);
  const { network, start } = choices[choice]!;
  const { thetas } = useMemo(() => descend(costOf(network, part), new GradientDescent(part.rate), start, part.steps), [choice]);
  const step = Math.min(asked, thetas.length - 1), theta = thetas[step]!;
  const there = network.forward(theta, matrix(1, 2, POINT))[2]!.data;
  return (
    <>
      <div class="live-sliders">
        <p class="live-buttons" role="group" aria-label="Network">
          {choices.map(({ name }, at) => <button type="button" key={name} aria-pressed={at === choice} onClick={() => setChoice(at)}>{name}</button>)}
        </p>
        <Slider label="Step" min={0} max={part.steps} step={1} at={step} text={String(step)} onMove={setStep} />
      </div>
      <div class="live-panels live-units">
        {[...there].map((value, unit) => (
          <div key={unit}>
            <UnitMap network={network} theta={theta} part={part} unit={unit} step={step} />
            <p class="live-title">h{BELOW[unit]} at ({POINT.join(", ")}): <Exact value={value} decimals={2} /></p>
          </div>
        ))}
      </div>
      <p class="live-key">Green is above zero and purple below; a stronger colour is farther from zero. On the line the output is zero.</p>
    </>
  );
}

function UnitMap({ network, theta, part, unit, step }: { network: Network; theta: Float64Array; part: Rings; unit: number; step: number }): JSX.Element {
  const fixed = useMemo(() => {
    const plane = planeOf(part);
    return { plane, grid: matrix(SIDE * SIDE, 2, gridOf(plane, SIDE)) };
  }, [part]);
  const draw = (context: CanvasRenderingContext2D, width: number, height: number): void => {
    const square = squareOf(width, height), h = network.forward(theta, fixed.grid)[2]!;
    const values = Float32Array.from({ length: h.rows }, (_, point) => h.data[point * h.columns + unit]!);
    drawUnit(context, square, SIDE, values, colors.value);
    drawAxes(context, square, fixed.plane, colors.value);
  };
  return <Canvas class="live-map" draw={draw} label={`The output of hidden neuron ${unit + 1} over the plane, after step ${step}`} />;
}
