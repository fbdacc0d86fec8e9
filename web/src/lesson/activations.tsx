/** The sigmoid and the leaky ReLU at a number to drag, each with its slope there. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Elementwise } from "../kernel";
import { fixed } from "../playground/format";
import { Curve } from "./curve";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** How far the slider goes to either side, and where it begins. */
const MOST = 4;
const FIRST = 1;
const STEP = 0.05;

export interface Shown {
  readonly name: string;
  readonly layer: Elementwise;
  /** Numbers at the vertical axis. */
  readonly ys: readonly number[];
}

export function ActivationsFigure({ shown }: { shown: readonly Shown[] }): JSX.Element {
  const [a, setA] = useState(FIRST);
  return (
    <>
      <div class="live-sliders">
        <Slider label="The number" symbol="a" min={-MOST} max={MOST} step={STEP} at={a} text={fixed(a, 2)} onMove={setA} />
      </div>
      <div class="live-panels">
        {shown.map(({ name, layer, ys }) => {
          const f = (x: number): number => layer.function(x), slope = (x: number): number => layer.derivative(x, f(x));
          const label = `The ${name} with its tangent at ${fixed(a, 2)}: value ${fixed(f(a), 4)}, slope ${fixed(slope(a), 4)}`;
          return (
            <div key={name}>
              <p class="live-title">{name}</p>
              <Curve f={f} slope={slope} at={a} xs={[-4, -2, 0, 2, 4]} ys={ys} xName="a" yName="value" reach={1.2} label={label} />
              <p class="live-told">value <Exact value={f(a)} decimals={4} /> · slope <strong><Exact value={slope(a)} decimals={4} /></strong></p>
            </div>
          );
        })}
      </div>
    </>
  );
}
