/** The guided tour, whose card stays above whichever panel it opens, and the presets. */

import type { JSX } from "preact";
import { Learn } from "./frame";
import { PRESETS, TOUR } from "./tour";
import { choosePreset, goTo, preset, tourStep } from "./tour_actions";

export function TourPanel(): JSX.Element {
    return (
        <Learn bare>
            <div class="learn-columns">
                <section aria-labelledby="learn-tour">
                    <h3 id="learn-tour">The tour</h3>
                    <p>
                        The lesson in {TOUR.length} steps, from one layer to the chain rule of a deep network.
                        Each sets the controls of this page; change whatever you like on the way.
                    </p>
                    <button type="button" onClick={() => goTo(0)}>
                        {tourStep.value === null ? "Begin the tour" : "Begin the tour again"}
                    </button>
                    <ol class="learn-contents">
                        {TOUR.map((step, place) => (
                            <li>
                                <button type="button" class="learn-link" onClick={() => goTo(place)}>
                                    {step.title}
                                </button>
                            </li>
                        ))}
                    </ol>
                </section>
                <section aria-labelledby="learn-presets">
                    <h3 id="learn-presets">Presets</h3>
                    <p>Choose one, press Play, and watch for what its description says.</p>
                    <ul class="learn-presets">
                        {PRESETS.map((each, place) => (
                            <li>
                                <button
                                    type="button"
                                    aria-pressed={preset.value === place}
                                    onClick={() => choosePreset(place)}
                                >
                                    {each.title}
                                </button>
                                <span>{each.watch}</span>
                            </li>
                        ))}
                    </ul>
                </section>
            </div>
        </Learn>
    );
}
