/** The picture of the chain: every number of the row, its gradient below it, all weights, and the paths as ribbons. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { curve, drawing, ribbons, type Drawing, type Line, type Point } from "./layout";
import { T, named, slopeNamed } from "./names";
import { brief, shown } from "./numbers";
import { chain, chooseWeight, classNames, found, inputNames, shownFactors, trace, weight } from "./state";
import { denseLinks, places, valueOf, weightNamed, type Place, type Trace } from "./trace";

// Narrower than this, lines stand one below the other.
const NARROW = "(max-width: 760px)";
// The widest line of a weight.
const WIDEST = 5;

// What the name of a line needs before its first node.
const ROOM_BEFORE = 24;
// Letters of names beside nodes that there is room for, one below the other and beside each other.
const SHORT = 7;
const LONG = 9;
// How far the label of the chosen weight stands above the middle of its line: free of the line and of the nodes.
const LABEL_ABOVE = 17;

/** Return whether the screen is narrow, and follow it. */
function useNarrow(): boolean {
    const query = typeof matchMedia === "function" ? matchMedia(NARROW) : null;
    const [narrow, setNarrow] = useState(query?.matches ?? false);
    useEffect(() => {
        const changed = (event: MediaQueryListEvent): void => setNarrow(event.matches);
        query?.addEventListener("change", changed);
        return () => query?.removeEventListener("change", changed);
    }, []);
    return narrow;
}

export function Picture(): JSX.Element | null {
    const narrow = useNarrow();
    if (trace.value === null || found.value === null) return null;
    const drawn = drawing(trace.value, narrow, weight.value);
    const label = `The chain of this row: ${drawn.lines.map((line) => named(line.name)).join(", ")}. Arrow keys choose another weight.`;
    return (
        <figure class="learn-scroll">
            <svg
                class={`learn-picture ${drawn.upright ? "upright" : ""}`}
                viewBox={`0 0 ${drawn.width} ${drawn.height}`}
                style={{ maxWidth: `${drawn.width}px`, minWidth: drawn.upright ? "0" : `${0.72 * drawn.width}px` }}
                role="application"
                tabindex={0}
                aria-label={label}
                aria-describedby="learn-chosen"
                onKeyDown={(event) => moveBy(event, trace.value!, weight.value)}
            >
                <Weights drawn={drawn} trace={trace.value} chosen={weight.value} />
                <Ribbons drawn={drawn} trace={trace.value} chosen={weight.value} />
                {drawn.lines.map((line, at) => (
                    <Nodes drawn={drawn} line={line} at={at} trace={trace.value!} />
                ))}
                <Chosen drawn={drawn} trace={trace.value} chosen={weight.value} />
            </svg>
            <figcaption>
                Numbers of the row, below each its gradient. Click a line to follow its weight, a dot for a bias. The
                ribbons are the paths from the loss to the weight, each as wide as its contribution.
            </figcaption>
        </figure>
    );
}

/** Choose another weight with the arrow keys: across a layer's inputs and outputs, Page keys for the layer. */
function moveBy(event: KeyboardEvent, of: Trace, from: Place): void {
    const dense = denseLinks(of);
    const turn = (value: number, by: number, first: number, count: number): number =>
        first + ((value - first + by + count) % count);
    const link = dense[from.layer]!;
    const first = link.bias === null ? 0 : -1;
    const move: Record<string, Place> = {
        ArrowUp: { ...from, input: turn(from.input, -1, first, link.x.length - first) },
        ArrowDown: { ...from, input: turn(from.input, 1, first, link.x.length - first) },
        ArrowLeft: { ...from, output: turn(from.output, -1, 0, link.y.length) },
        ArrowRight: { ...from, output: turn(from.output, 1, 0, link.y.length) },
        PageUp: { layer: turn(from.layer, -1, 0, dense.length), input: 0, output: 0 },
        PageDown: { layer: turn(from.layer, 1, 0, dense.length), input: 0, output: 0 },
    };
    const to = move[event.key];
    if (to === undefined) return;
    event.preventDefault();
    chooseWeight(to);
}

interface Part {
    readonly drawn: Drawing;
    readonly trace: Trace;
    readonly chosen: Place;
}

/** Line numbers of the two ends of a dense layer. */
function endsOf(of: Trace, layer: number): [number, number] {
    const at = of.links.findIndex((link) => link.weights !== null && link.number === layer);
    return [at, at + 1];
}

function endsOfWeight({ drawn, trace: of }: Pick<Part, "drawn" | "trace">, place: Place): [Point, Point] | null {
    const [from, to] = endsOf(of, place.layer);
    const end = drawn.lines[to]!.points[place.output];
    if (end === undefined) return null;
    if (place.input >= 0) {
        const start = drawn.lines[from]!.points[place.input];
        return start === undefined ? null : [start, end];
    }
    const { width, height } = drawn.node;
    const stub = drawn.upright
        ? { x: end.x - 0.32 * width, y: end.y - height }
        : { x: end.x - width * 0.72, y: end.y - height * 0.62 };
    return [stub, end];
}

/** The nodes of a line that are drawn, each with its number. */
const known = (line: Line): [Point, number][] =>
    line.points.flatMap((point, unit): [Point, number][] => (point === undefined ? [] : [[point, unit]]));

const straight = ([from, to]: readonly [Point, Point], upright: boolean): string => curve([from, to], upright);

function Weights({ drawn, trace: of, chosen }: Part): JSX.Element {
    const all = places(of);
    const largest = Math.max(1e-9, ...all.map((place) => Math.abs(valueOf(of, place))));
    return (
        <g>
            {of.links.map((link, at) => (link.activation === null ? null : <Straight drawn={drawn} from={at} />))}
            <Full drawn={drawn} />
            {all.map((place) => {
                const value = valueOf(of, place);
                const name = weightNamed(of, place);
                const ends = endsOfWeight({ drawn, trace: of }, place);
                if (ends === null) return null;
                const d = straight(ends, drawn.upright);
                const same =
                    place.layer === chosen.layer && place.input === chosen.input && place.output === chosen.output;
                return (
                    <g
                        class={`learn-weight ${value < 0 ? "below" : "above"}`}
                        data-k={name}
                        data-weight={name}
                        aria-hidden="true"
                        onClick={() => chooseWeight(place)}
                    >
                        <path d={d} class="hit" />
                        <path
                            d={d}
                            class="line"
                            style={{ strokeWidth: `${0.6 + (WIDEST * Math.abs(value)) / largest / (same ? 1 : 2)}` }}
                        />
                        {place.input < 0 && <circle class="bias" cx={ends[0].x} cy={ends[0].y} r={3.5} />}
                        <title>{`${name} = ${shown(value)}`}</title>
                    </g>
                );
            })}
        </g>
    );
}

/** The lines of an activation, each from one number to one. */
function Straight({ drawn, from }: { drawn: Drawing; from: number }): JSX.Element {
    const [left, right] = [drawn.lines[from]!, drawn.lines[from + 1]!];
    return (
        <g class="learn-slope">
            {known(left).map(([point, unit]) => (
                <path
                    data-k={slopeNamed(named(right.name, unit), named(left.name, unit))}
                    d={straight([point, right.points[unit]!], drawn.upright)}
                />
            ))}
        </g>
    );
}

/** The lines of the softmax and of the loss. */
function Full({ drawn }: { drawn: Drawing }): JSX.Element {
    const last = drawn.lines.length - 1;
    return (
        <g class="learn-slope">
            {[last - 2, last - 1].flatMap((at) =>
                known(drawn.lines[at]!).flatMap(([point, from]) =>
                    known(drawn.lines[at + 1]!).map(([end, to]) => (
                        <path
                            data-k={slopeNamed(
                                named(drawn.lines[at + 1]!.name, ...(at + 1 === last ? [] : [to])),
                                named(drawn.lines[at]!.name, from),
                            )}
                            d={straight([point, end], drawn.upright)}
                        />
                    )),
                ),
            )}
        </g>
    );
}

function Ribbons({ drawn, trace: of, chosen }: Part): JSX.Element {
    const count = shownFactors.value ?? chain.value.length;
    return (
        <g class="learn-ribbons">
            {ribbons(drawn, of, chosen, found.value!.largest, count + 1).map(({ path, rank, width, points }) => (
                <path
                    class={`ribbon ${path.contribution < 0 ? "below" : "above"}`}
                    data-k={`path:${rank + 1}`}
                    d={curve(points, drawn.upright)}
                    style={{ strokeWidth: `${Math.max(0.5, width)}` }}
                >
                    <title>{`path ${rank + 1}: ${shown(path.contribution)}`}</title>
                </path>
            ))}
        </g>
    );
}

function Chosen({ drawn, trace: of, chosen }: Part): JSX.Element | null {
    const ends = endsOfWeight({ drawn, trace: of }, chosen);
    if (ends === null) return null;
    const name = weightNamed(of, chosen);
    const middle = {
        x: (ends[0].x + ends[1].x) / 2,
        y: (ends[0].y + ends[1].y) / 2 - (drawn.upright ? 0 : LABEL_ABOVE),
    };
    // Beside each other, the gap between two nodes has room for the value alone.
    const text = `${drawn.upright ? `${name} = ` : ""}${shown(valueOf(of, chosen), 3)}`;
    const width = 7.2 * text.length + 10;
    const x = Math.min(Math.max(middle.x, width / 2 + 2), drawn.width - width / 2 - 2);
    return (
        <g class="learn-chosen" data-k={name}>
            <path d={straight(ends, drawn.upright)} />
            <rect x={x - width / 2} y={middle.y - 10} width={width} height={20} rx={4} />
            <text x={x} y={middle.y + 4}>
                {text}
            </text>
        </g>
    );
}

function Nodes({ drawn, line, at, trace: of }: { drawn: Drawing; line: Line; at: number; trace: Trace }): JSX.Element {
    const { width, height } = drawn.node;
    const text = (value: number): string => (drawn.upright ? brief(value) : shown(value, 3));
    const single = line.name.letter === "loss";
    const there = known(line);
    const top = Math.min(...there.map(([point]) => point.y));
    const left = line.values.length - there.length;
    return (
        <g>
            <LineName drawn={drawn} line={line} top={top} />
            {left > 0 && <text class="learn-end" x={there.at(-1)![0].x} y={drawn.height - 3}>{`${left} more`}</text>}
            {there.map(([point, unit]) => {
                const key = single ? "loss" : named(line.name, unit);
                const gradient = line.gradients?.[unit];
                return (
                    <g
                        class="learn-node"
                        transform={`translate(${(point.x - width / 2).toFixed(1)},${(point.y - height / 2).toFixed(1)})`}
                    >
                        <rect
                            width={width}
                            height={height}
                            rx={height / 2.6}
                            class={`frame q-${line.name.quantity}`}
                            data-k={key}
                        />
                        <text
                            x={width / 2}
                            y={gradient === undefined ? height / 2 + 4 : height / 2 - 2}
                            class={`q q-${line.name.quantity}`}
                            data-k={key}
                        >
                            {text(line.values[unit]!)}
                        </text>
                        {gradient !== undefined && (
                            <text
                                x={width / 2}
                                y={height / 2 + 12}
                                class="q q-g small"
                                data-k={slopeNamed("loss", key)}
                            >
                                {text(gradient)}
                            </text>
                        )}
                        <EndName line={line} unit={unit} at={at} drawn={drawn} trace={of} />
                    </g>
                );
            })}
        </g>
    );
}

/** The name of a line of nodes, above it or before it; above the first where the line leaves no room before it. */
function LineName({ drawn, line, top }: { drawn: Drawing; line: Line; top: number }): JSX.Element {
    const { width, height } = drawn.node;
    const first = known(line)[0]![0];
    const before = first.x - width / 2 - 5;
    const tight = before < ROOM_BEFORE;
    const place = drawn.upright
        ? tight
            ? { x: 2, y: first.y - height / 2 - 5 }
            : { x: before, y: first.y + 4 }
        : { x: first.x, y: top - height / 2 - 8 };
    const anchor = drawn.upright ? (tight ? "start" : "end") : "";
    return (
        <text x={place.x} y={place.y} class={`learn-name q q-${line.name.quantity} ${anchor}`}>
            {line.name.letter}
            {line.name.layer !== "" && (
                <tspan class="sub" dy="3">
                    {line.name.layer}
                </tspan>
            )}
        </text>
    );
}

/** Names of inputs and classes, and the target, beside their nodes. */
function EndName({
    line,
    unit,
    at,
    drawn,
    trace: of,
}: {
    line: Line;
    unit: number;
    at: number;
    drawn: Drawing;
    trace: Trace;
}): JSX.Element | null {
    const { width, height } = drawn.node;
    const atY = line.name.letter === "y";
    if (at !== 0 && !atY) return null;
    const name = (at === 0 ? inputNames.value[unit] : classNames.value[unit]) ?? "";
    const most = drawn.upright ? SHORT : LONG;
    const text = name.length > most ? `${name.slice(0, most - 1)}…` : name;
    const above = drawn.upright && at === 0;
    const beside = atY && !drawn.upright;
    const target = atY && (
        <tspan
            class="q q-t"
            x={beside ? undefined : width / 2}
            dy={beside ? 0 : 11}
            data-k={named(T, unit)}
        >{`${beside ? " " : ""}t=${of.t[unit]}`}</tspan>
    );
    return (
        <text x={width / 2} y={above ? -5 : height + 11} class="learn-end">
            {text}
            {target}
        </text>
    );
}
