/** How the contributions of all paths add up: the positive ones in one bar, the negative ones in the next, and what is left. */

import type { JSX } from "preact";
import { gradientNamed } from "./trace";
import { shown } from "./numbers";
import { found, trace, weight } from "./state";

// Width of the longest bar, of the 100 of the picture.
const FULL = 100;
// Relative rounding of a sum of paths.
const ROUNDING = 1e-12;

export function Balance(): JSX.Element | null {
    if (trace.value === null || found.value === null) return null;
    const { largest, positive, negative, total, rest, contributing } = found.value;
    const longest = Math.max(positive, -negative, 1e-300);
    const scale = FULL / longest;
    const bar = (sign: number): JSX.Element[] => {
        let from = 0;
        return largest.flatMap((path, rank) => {
            if (Math.sign(path.contribution) !== sign) return [];
            const width = Math.abs(path.contribution) * scale;
            const x = from;
            from += width;
            return [
                <rect
                    class={sign < 0 ? "below" : "above"}
                    data-k={`path:${rank + 1}`}
                    x={x}
                    y={0}
                    width={width}
                    height={10}
                >
                    <title>{`path ${rank + 1}: ${shown(path.contribution)}`}</title>
                </rect>,
            ];
        });
    };
    // What rounding leaves of a sum without terms is nothing.
    const smaller = Math.min(positive, -negative);
    const cancelled = smaller < ROUNDING * longest ? 0 : smaller;
    const g = gradientNamed(trace.value, weight.value);
    const share = positive - negative === 0 ? 0 : (2 * cancelled) / (positive - negative);
    return (
        <figure class="learn-balance">
            <figcaption>
                {contributing === 0
                    ? "No path contributes anything: the gradient is 0."
                    : cancelled === 0
                      ? `All paths pull the same way: ${shown(total)} is their sum.`
                      : `Paths with opposite signs cancel: ${Math.round(100 * share)} % of the contributions is lost, and ${shown(total)} is left.`}
                {rest !== 0 &&
                    ` The paths beyond the ${largest.length} largest are not drawn; together they are ${shown(rest)}.`}
            </figcaption>
            <Line name="paths above 0" value={positive}>
                <g>{bar(1)}</g>
            </Line>
            <Line name="paths below 0" value={negative}>
                <g>{bar(-1)}</g>
            </Line>
            <Line name={g} value={total}>
                <rect
                    class={total < 0 ? "below left" : "above left"}
                    data-k={g}
                    x={cancelled * scale}
                    y={0}
                    width={Math.abs(total) * scale}
                    height={10}
                />
                <rect class="cancelled" x={0} y={0} width={cancelled * scale} height={10}>
                    <title>cancelled</title>
                </rect>
            </Line>
        </figure>
    );
}

function Line({
    name,
    value,
    children,
}: {
    name: string;
    value: number;
    children: JSX.Element | JSX.Element[];
}): JSX.Element {
    return (
        <div class="learn-balance-line">
            <span>{name}</span>
            <svg viewBox={`0 0 ${FULL} 10`} preserveAspectRatio="none" aria-hidden="true">
                {children}
            </svg>
            <span class="number" data-k={name.startsWith("∂") ? name : undefined}>
                {shown(value)}
            </span>
        </div>
    );
}
