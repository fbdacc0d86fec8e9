/** The card of the tour's step. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { TOUR } from "./tour";
import { goTo, tourStep } from "./tour_actions";

export function TourCard(): JSX.Element | null {
    const card = useRef<HTMLElement>(null);
    const at = tourStep.value;
    useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), [at]);
    const step = at === null ? undefined : TOUR[at];
    if (at === null || step === undefined) return null;
    const last = at === TOUR.length - 1;
    return (
        <section ref={card} class="learn-tour" aria-label="Tour" aria-live="polite">
            <p>
                <b>
                    {at + 1} of {TOUR.length}: {step.title}
                </b>
            </p>
            <p>{step.text}</p>
            <div class="learn-options">
                <button type="button" disabled={at === 0} onClick={() => goTo(at - 1)}>
                    Back
                </button>
                <button type="button" onClick={() => goTo(last ? null : at + 1)}>
                    {last ? "Finish" : "Next"}
                </button>
                {!last && (
                    <button type="button" onClick={() => goTo(null)}>
                        End the tour
                    </button>
                )}
            </div>
        </section>
    );
}
