/** The product beside the slope by a nudge of the weight, and the step that follows. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { parse } from "./expression";
import { D, Formula, Num, Op, Sym, Typed } from "./mathml";
import { LOSS, named } from "./names";
import { shown } from "./numbers";
import { firstStep } from "./optimizer_step";
import { asPython } from "./python_code";
import { lossAt } from "./row";
import { nudged, optimizer, rate, situation, trace, weight } from "./state";
import { gradientNamed, gradientOf, indices, valueOf, weightName, weightNamed } from "./trace";

export function Nudged(): JSX.Element | null {
    const of = trace.value;
    if (of === null || nudged.value === null) return null;
    const { slope, step, meetsKink } = nudged.value;
    const g = gradientOf(of, weight.value);
    const name = gradientNamed(of, weight.value);
    return (
        <div class="learn-check">
            <h4>Checked without any derivative</h4>
            <dl>
                <dt>chain rule</dt>
                <dd data-k={name} class="q q-g" data-exact={g}>
                    {precise(g)}
                </dd>
                <dt>
                    weight nudged by ±{shown(step, 2)} and ±{shown(2 * step, 2)}
                </dt>
                <dd data-exact={slope}>{precise(slope)}</dd>
                <dt>difference</dt>
                <dd>{shown(Math.abs(slope - g), 2)}</dd>
            </dl>
            {meetsKink && <p>A unit changes its sign within that step, so this is no slope, and the two may differ.</p>}
            <Curve />
        </div>
    );
}

// Digits that tell the two slopes apart, if they differ by more than rounding.
const precise = (value: number): string => (value === 0 ? "0" : value.toPrecision(9).replace("-", "−"));

// The stretch of the weight that is drawn, and the points of it.
const REACH = 1;
const POINTS = 61;

/** The loss of the row along the weight, with the tangent that the gradient says. */
function Curve(): JSX.Element | null {
    const [of, now] = [trace.value!, situation.value];
    if (now === null) return null;
    const w = valueOf(of, weight.value);
    const g = gradientOf(of, weight.value);
    const at = Array.from({ length: POINTS }, (_, i) => w - REACH + (2 * REACH * i) / (POINTS - 1));
    const losses = at.map((value) => lossAt(now, weight.value, value));
    const [low, high] = [Math.min(...losses), Math.max(...losses, Math.min(...losses) + 1e-6)];
    const x = (value: number): number => 10 + (280 * (value - at[0]!)) / (2 * REACH);
    const y = (loss: number): number => 92 - (80 * (loss - low)) / (high - low);
    const d = losses.map((loss, i) => `${i === 0 ? "M" : "L"}${x(at[i]!).toFixed(1)},${y(loss).toFixed(1)}`).join("");
    const ends = [w - REACH, w + REACH].map((value) => ({ x: x(value), y: y(of.loss + g * (value - w)) }));
    return (
        <figure>
            <svg
                viewBox="0 0 300 100"
                class="learn-curve"
                role="img"
                aria-label={`Loss of the row as ${weightNamed(of, weight.value)} moves by up to ${REACH}: at its value the slope is ${shown(g)}.`}
            >
                <path d={d} class="loss" />
                <line
                    x1={ends[0]!.x}
                    y1={ends[0]!.y}
                    x2={ends[1]!.x}
                    y2={ends[1]!.y}
                    class="tangent"
                    data-k={gradientNamed(of, weight.value)}
                />
                <circle cx={x(w)} cy={y(of.loss)} r={4} data-k={weightNamed(of, weight.value)} />
            </svg>
            <figcaption>
                The loss of this row as the weight moves by ±{REACH}, and the line whose slope is the gradient.
            </figcaption>
        </figure>
    );
}

export function StepThatFollows(): JSX.Element | null {
    const of = trace.value;
    if (of === null) return null;
    const [w, g] = [valueOf(of, weight.value), gradientOf(of, weight.value)];
    const step = firstStep(optimizer.value, rate.value, g, w);
    const name = weightName(of, weight.value);
    const at = indices(weight.value);
    const gradient = (): JSX.Element => <D of={LOSS} by={name} byAt={at} />;
    const letters = { w: () => <Sym name={name} at={at} />, g: gradient };
    const numbers = {
        w: () => <Num value={w} k={named(name, ...at)} q="w" bracket />,
        g: () => <Num value={g} k={gradientNamed(of, weight.value)} q="g" bracket />,
    };
    const tree = parse(step.formula, ["w", "g"]);
    return (
        <div class="learn-next">
            <h4>The step that follows</h4>
            <p>
                If this row were the first mini-batch, {optimizer.value.replace("_", " ")} with rate {rate.value} would
                move the weight {step.after > w ? "up" : step.after < w ? "down" : "nowhere"}: against the gradient.
            </p>
            <div class="learn-formula" tabindex={0}>
                <Formula block>
                    <Sym name={name} at={at} />
                    <Op>←</Op>
                    <Typed tree={tree} letters={letters} />
                </Formula>
            </div>
            <div class="learn-formula" tabindex={0}>
                <Formula block>
                    <Op>=</Op>
                    <Typed tree={tree} letters={numbers} />
                    <Op>=</Op>
                    <Num value={step.after} k="step" q="w" />
                </Formula>
            </div>
        </div>
    );
}

/** The same in Python, made when it is opened. */
export function InPython(): JSX.Element | null {
    const [open, setOpen] = useState(false);
    if (situation.value === null) return null;
    return (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary>The same in Python</summary>
            {open && (
                <pre class="learn-python" tabindex={0}>
                    {asPython(situation.value, weight.value)}
                </pre>
            )}
        </details>
    );
}
