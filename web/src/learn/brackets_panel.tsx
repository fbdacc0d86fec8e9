/** Bracket a product of Jacobians, and count the multiplications: to discover why backward wins. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { costOfOrder, extremes, multiplied, unbracketed, type Bracketing, type Factor } from "./brackets";
import { Learn } from "./frame";
import { named, slopeNamed } from "./names";
import { chain } from "./state";

interface Chain {
    readonly title: string;
    readonly sizes: readonly { name: string; rows: number; columns: number }[];
}

/** The chain of the network on the page. The Jacobian by the last layer's input ends it: what leads to all weights. */
function ofThisNetwork(): Chain {
    const sizes = chain.value.slice(0, -1).map((stage) => ({
        name: slopeNamed(named(stage.of), named(stage.by!)),
        rows: stage.jacobian.length,
        columns: stage.jacobian[0]!.length,
    }));
    return { title: "the network on this page", sizes };
}

const DIGITS: Chain = {
    title: "a network for digits, 784-100-100-10",
    sizes: [
        { name: "∂loss/∂z", rows: 1, columns: 10 },
        { name: "∂z/∂h2", rows: 10, columns: 100 },
        { name: "∂h2/∂h1", rows: 100, columns: 100 },
        { name: "∂h1/∂x", rows: 100, columns: 784 },
    ],
};

const FUNNEL: Chain = {
    title: "one input, many outputs",
    sizes: [
        { name: "∂y/∂h2", rows: 50, columns: 20 },
        { name: "∂h2/∂h1", rows: 20, columns: 20 },
        { name: "∂h1/∂x", rows: 20, columns: 1 },
    ],
};

export function BracketsPanel(): JSX.Element {
    return (
        <Learn>
            <Brackets />
        </Learn>
    );
}

function Brackets(): JSX.Element {
    const chains = [ofThisNetwork(), DIGITS, FUNNEL].filter((each) => each.sizes.length > 1);
    const [which, setWhich] = useState(DIGITS.title);
    const chosen = chains.find((each) => each.title === which) ?? DIGITS;
    return (
        <>
            <p>
                The gradient is a product of Jacobians. Any order gives the same numbers, but not with the same amount of work: (r
                × m) times (m × c) takes r · m · c multiplications. Click the dot between two of them, or drag one onto
                its neighbour, to multiply those first.
            </p>
            <div class="learn-options" role="group" aria-label="Product">
                {chains.map((each) => (
                    <button
                        type="button"
                        aria-pressed={each.title === chosen.title}
                        onClick={() => setWhich(each.title)}
                    >
                        {each.title}
                    </button>
                ))}
            </div>
            <Play key={chosen.title} chain={chosen} />
        </>
    );
}

function Play({ chain: { sizes } }: { chain: Chain }): JSX.Element {
    const start = unbracketed(sizes);
    const [states, setStates] = useState<readonly Bracketing[]>([start]);
    const [dragged, setDragged] = useState<number | null>(null);
    const now = states.at(-1)!;
    const join = (place: number) => (): void => setStates([...states, multiplied(now, place)]);
    const drop = (onto: number): void => {
        if (dragged !== null && Math.abs(dragged - onto) === 1) join(Math.min(dragged, onto))();
        setDragged(null);
    };
    return (
        <>
            <div class="learn-product-row" role="group" aria-label="The product">
                {now.factors.map((factor, place) => (
                    <>
                        {place > 0 && (
                            <button
                                type="button"
                                class="learn-dot"
                                data-join={place - 1}
                                aria-label={`Multiply ${now.factors[place - 1]!.name} and ${factor.name}: ${cost(now, place - 1).toLocaleString("en")} multiplications`}
                                title={`${cost(now, place - 1).toLocaleString("en")} multiplications`}
                                onClick={join(place - 1)}
                            >
                                ·
                            </button>
                        )}
                        <Box
                            factor={factor}
                            drag={() => setDragged(place)}
                            drop={() => drop(place)}
                            near={dragged !== null && Math.abs(dragged - place) === 1}
                        />
                    </>
                ))}
            </div>
            <ol class="learn-costs" aria-live="polite">
                {now.steps.map(({ left, right, cost: spent }) => (
                    <li>
                        {left.name} · {right.name}: {left.rows} · {left.columns} · {right.columns} ={" "}
                        {spent.toLocaleString("en")}
                    </li>
                ))}
            </ol>
            <p class="learn-verdict" aria-live="polite">
                <b data-spent={now.spent}>{now.spent.toLocaleString("en")} multiplications</b>
                {now.factors.length === 1 && `. ${outcome(start, now.spent)}`}
            </p>
            <div class="learn-options">
                <button type="button" disabled={states.length === 1} onClick={() => setStates(states.slice(0, -1))}>
                    Undo
                </button>
                <button type="button" disabled={states.length === 1} onClick={() => setStates([start])}>
                    Start again
                </button>
            </div>
        </>
    );
}

const cost = (state: Bracketing, place: number): number => multiplied(state, place).spent - state.spent;

function outcome(start: Bracketing, spent: number): string {
    const [backward, forward] = [costOfOrder(start, "backward"), costOfOrder(start, "forward")];
    const { cheapest, dearest } = extremes(start.factors);
    const inWords = (count: number): string => count.toLocaleString("en");
    const orders = `From the left, vector first, as the backward pass does, it takes ${inWords(backward)}; from the right, as forward mode does, ${inWords(forward)}.`;
    if (start.factors[0]!.rows === 1) {
        const found = spent === cheapest ? "No order takes fewer." : `The cheapest takes ${inWords(cheapest)}.`;
        return `${found} ${orders} The loss is one number, so the product begins with a row vector: starting there, every product is a vector times a matrix, and no two matrices are ever multiplied. The most expensive order takes ${inWords(dearest)}.`;
    }
    return `${spent === cheapest ? "No order takes fewer." : `The cheapest takes ${inWords(cheapest)}.`} ${orders} Here the thin end is on the right: with one input and many outputs, forward mode wins.`;
}

// The longest side of a matrix in the picture, in pixels, and the shortest.
const LONGEST = 92;
const SHORTEST = 5;

/** A matrix as a box: its sides grow with the square root of its sizes, or 784 columns would hide one row. */
function Box({
    factor,
    drag,
    drop,
    near,
}: {
    factor: Factor;
    drag: () => void;
    drop: () => void;
    near: boolean;
}): JSX.Element {
    const side = (size: number): number => Math.min(LONGEST, Math.max(SHORTEST, 3.3 * Math.sqrt(size)));
    return (
        <figure
            class={`learn-matrix ${near ? "near" : ""}`}
            draggable
            onDragStart={drag}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
                event.preventDefault();
                drop();
            }}
        >
            <span style={{ width: `${side(factor.columns)}px`, height: `${side(factor.rows)}px` }} />
            <figcaption>
                <b>{factor.name}</b>
                {factor.rows} × {factor.columns}
            </figcaption>
        </figure>
    );
}
