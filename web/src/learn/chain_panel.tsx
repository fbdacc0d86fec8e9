/** The chain rule of a row and a weight. */

import type { JSX } from "preact";
import { Balance } from "./balance";
import { Chooser } from "./chooser";
import { Learn } from "./frame";
import { InPython, Nudged, StepThatFollows } from "./outcome";
import { PathsTable } from "./paths_table";
import { Picture } from "./picture";
import { Backward, Forward, WholeProduct } from "./steps";
import { chain, shownFactors } from "./state";

export function ChainPanel(): JSX.Element {
    return (
        <Learn>
            <Chooser />
            <Legend />
            <Stepper />
            <Picture />
            <Balance />
            <div class="learn-columns">
                <section aria-labelledby="learn-forward">
                    <h3 id="learn-forward">Forward: from the row to the loss</h3>
                    <Forward />
                </section>
                <section aria-labelledby="learn-backward">
                    <h3 id="learn-backward">Backward: from the loss to the weight</h3>
                    <WholeProduct />
                    <Backward />
                </section>
            </div>
            <div class="learn-columns">
                <Nudged />
                <StepThatFollows />
            </div>
            <section aria-labelledby="learn-paths">
                <h3 id="learn-paths">All paths</h3>
                <PathsTable />
            </section>
            <InPython />
        </Learn>
    );
}

const QUANTITIES = [
    ["x", "x, input"],
    ["w", "W, b, weight and bias"],
    ["z", "a and z, weighted sum"],
    ["h", "h, activation"],
    ["y", "y, probability"],
    ["t", "t, target"],
    ["g", "∂, gradient"],
] as const;

function Legend(): JSX.Element {
    return (
        <p class="learn-legend">
            {QUANTITIES.map(([key, name]) => (
                <span class={`q q-${key}`}>{name}</span>
            ))}
            <span class="sign above">above 0</span>
            <span class="sign below">below 0</span>
        </p>
    );
}

/** One factor more or less of the chain: the ribbons and the formulas grow together. */
function Stepper(): JSX.Element {
    const most = chain.value.length;
    const now = shownFactors.value ?? most;
    const show = (count: number) => (): void => {
        shownFactors.value = count >= most ? null : Math.max(0, count);
    };
    return (
        <div class="learn-stepper" role="group" aria-label="Backward pass, factor by factor">
            <button type="button" onClick={show(0)} disabled={now === 0}>
                Forward only
            </button>
            <button type="button" onClick={show(now - 1)} disabled={now === 0}>
                One factor less
            </button>
            <button type="button" onClick={show(now + 1)} disabled={now === most}>
                One factor more
            </button>
            <button type="button" onClick={show(most)} disabled={now === most}>
                All
            </button>
            <span aria-live="polite">{now === 0 ? "Forward only" : `${now} of ${most} factors`}</span>
        </div>
    );
}
