/** What every panel of learning stands in: its numbers light up together, and are told in words. */

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { inWords } from "./describe";
import { follow, lit } from "./highlight";
import { trace, weight } from "./state";
import { TourCard } from "./tour_card";
import "./learn.css";

/** `bare` panels need no row. */
export function Learn({ children, bare = false }: { children: ComponentChildren; bare?: boolean }): JSX.Element {
    const root = useRef<HTMLDivElement>(null);
    // before the browser paints: what points at the panel at once is heard
    useLayoutEffect(() => (root.current === null ? undefined : follow(root.current)), []);
    return (
        <div class="learn" ref={root}>
            {!bare && <TourCard />}
            {trace.value === null && !bare ? (
                <p>There is no row to follow yet: add a point, or choose a data set.</p>
            ) : (
                children
            )}
            <Told />
        </div>
    );
}

/** What the pointer is on, in words, at the foot of the panel. */
function Told(): JSX.Element | null {
    const of = trace.value;
    const key = lit.value;
    return (
        <output class={`learn-told ${key === null ? "" : "shown"}`}>
            {of === null || key === null ? "" : inWords(of, weight.value, key)}
        </output>
    );
}
