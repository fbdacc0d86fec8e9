/** Formulas as MathML elements: every term is one, with the key and the colour of its quantity. */

import type { ComponentChildren, JSX } from "preact";
import type { Tree } from "./expression";
import { named, slopeNamed, type Name } from "./names";
import { shown } from "./numbers";

// Attributes of MathML that Preact's types do not know; brackets as high as their letters.
const OPEN: object = { form: "prefix", stretchy: "false" };
const CLOSE: object = { form: "postfix", stretchy: "false" };
const COMMA: object = { separator: "true" };
const SIGN: object = { form: "prefix" };
const BETWEEN: object = { form: "infix" };
// Of a vector with more numbers each has three digits, so that more of it can be seen.
const MANY = 6;
// Bold letters of the mathematical alphabets, as vectors are printed: a stands at this place.
const BOLD_A = 0x1d41a;

/** Return a letter in bold, which is how vectors are printed. */
function bold(letter: string): string {
    return letter.length === 1 && /[a-z]/.test(letter)
        ? String.fromCodePoint(BOLD_A + letter.charCodeAt(0) - 97)
        : letter;
}

export function Formula({
    children,
    block = false,
    label,
}: {
    children: ComponentChildren;
    block?: boolean;
    label?: string;
}): JSX.Element {
    return (
        <math display={block ? "block" : "inline"} aria-label={label}>
            <mrow>{children}</mrow>
        </math>
    );
}

/** A quantity by its name: `h₁`, or one of its numbers, `h₁[2]`. */
export function Sym({
    name,
    at = [],
    plain = false,
}: {
    name: Name;
    at?: readonly number[];
    plain?: boolean;
}): JSX.Element {
    const letter = name.letter === "loss" ? <mtext>loss</mtext> : <mi mathvariant="normal">{bold(name.letter)}</mi>;
    const index = at.length === 0 ? null : <mtext>[{at.map((each) => each + 1).join(",")}]</mtext>;
    return (
        <mrow class={`q q-${name.quantity}`} data-k={plain ? undefined : named(name, ...at)}>
            {name.layer === "" ? (
                letter
            ) : (
                <msub>
                    {letter}
                    <mn>{name.layer}</mn>
                </msub>
            )}
            {index}
        </mrow>
    );
}

/** The derivative of one quantity with respect to another. */
export function D({
    of,
    by,
    ofAt = [],
    byAt = [],
}: {
    of: Name;
    by: Name;
    ofAt?: readonly number[];
    byAt?: readonly number[];
}): JSX.Element {
    return (
        <mrow class="q q-g" data-k={slopeNamed(named(of, ...ofAt), named(by, ...byAt))}>
            <mfrac>
                <mrow>
                    <mo>∂</mo>
                    <Sym name={of} at={ofAt} plain />
                </mrow>
                <mrow>
                    <mo>∂</mo>
                    <Sym name={by} at={byAt} plain />
                </mrow>
            </mfrac>
        </mrow>
    );
}

/** A number with the key and the colour of its quantity. */
export function Num({
    value,
    k,
    q,
    bracket = false,
    digits,
}: {
    value: number;
    k: string;
    q: string;
    bracket?: boolean;
    digits?: number;
}): JSX.Element {
    const text = shown(value, digits);
    return (
        <mrow class={`q q-${q}`} data-k={k}>
            {bracket && value < 0 ? (
                <>
                    <mo {...OPEN}>(</mo>
                    <mn>{text}</mn>
                    <mo {...CLOSE}>)</mo>
                </>
            ) : (
                <mn>{text}</mn>
            )}
        </mrow>
    );
}

/** An operator between two terms. */
export const Op = ({ children }: { children: string }): JSX.Element => <mo {...BETWEEN}>{children}</mo>;
/** A minus before a term. */
export const Minus = (): JSX.Element => <mo {...SIGN}>−</mo>;
/** Something in brackets that are as high as its letters. */
export const Bracketed = ({ children }: { children: ComponentChildren }): JSX.Element => (
    <mrow>
        <mo {...OPEN}>(</mo>
        {children}
        <mo {...CLOSE}>)</mo>
    </mrow>
);
export const Times = (): JSX.Element => <mo>·</mo>;
export const Text = ({ children }: { children: string }): JSX.Element => <mtext>{children}</mtext>;

/** A row of numbers in brackets, each with its key. */
export function VectorOf({
    values,
    k,
    q,
}: {
    values: readonly number[];
    k: (place: number) => string;
    q: string;
}): JSX.Element {
    return (
        <mrow>
            <mo {...OPEN}>(</mo>
            {values.map((value, place) => (
                <>
                    {place > 0 && <mo {...COMMA}>,</mo>}
                    <Num value={value} k={k(place)} q={q} digits={values.length > MANY ? 3 : 4} />
                </>
            ))}
            <mo {...CLOSE}>)</mo>
        </mrow>
    );
}

/** A matrix of numbers, each with its key. */
export function MatrixOf({
    rows,
    k,
    q,
}: {
    rows: readonly (readonly number[])[];
    k: (row: number, column: number) => string;
    q: string;
}): JSX.Element {
    return (
        <mtable class="matrix">
            {rows.map((row, i) => (
                <mtr>
                    {row.map((value, j) => (
                        <mtd>
                            <Num value={value} k={k(i, j)} q={q} />
                        </mtd>
                    ))}
                </mtr>
            ))}
        </mtable>
    );
}

/** Letters of a typed formula, by what stands for them. */
export type Letters = Readonly<Record<string, () => JSX.Element>>;

const STRENGTH = { "+": 1, "-": 1, "*": 2, "/": 3, "^": 4 } as const;

/** A typed formula. */
export function Typed({ tree, letters }: { tree: Tree; letters: Letters }): JSX.Element {
    switch (tree.kind) {
        case "number":
            return <mn>{tree.text.includes("e") ? shown(tree.value) : tree.text}</mn>;
        case "letter":
            return letters[tree.name]?.() ?? <mi>{tree.name}</mi>;
        case "negative":
            return (
                <mrow>
                    <mo {...SIGN}>−</mo>
                    {inBrackets(tree.of, letters, 2)}
                </mrow>
            );
        case "cases":
            return (
                <mrow>
                    <Typed tree={tree.then} letters={letters} />
                    <mtext>{"\u00a0where\u00a0"}</mtext>
                    <Typed tree={tree.left} letters={letters} />
                    <mo>&gt;</mo>
                    <Typed tree={tree.right} letters={letters} />
                    <mtext>{",\u00a0else\u00a0"}</mtext>
                    <Typed tree={tree.otherwise} letters={letters} />
                </mrow>
            );
        case "call":
            return called(tree.name, tree.of, letters);
        case "operation":
            return operation(tree, letters);
    }
}

function called(name: string, of: readonly Tree[], letters: Letters): JSX.Element {
    const [first] = of;
    if (name === "exp" && first)
        return (
            <msup>
                <mi>e</mi>
                <mrow>
                    <Typed tree={first} letters={letters} />
                </mrow>
            </msup>
        );
    if (name === "sqrt" && first)
        return (
            <msqrt>
                <Typed tree={first} letters={letters} />
            </msqrt>
        );
    if (name === "abs" && first)
        return (
            <mrow>
                <mo {...OPEN}>|</mo>
                <Typed tree={first} letters={letters} />
                <mo {...CLOSE}>|</mo>
            </mrow>
        );
    return (
        <mrow>
            <mi>{name}</mi>
            <mo {...OPEN}>(</mo>
            {of.map((each, place) => (
                <>
                    {place > 0 && <mo {...COMMA}>,</mo>}
                    <Typed tree={each} letters={letters} />
                </>
            ))}
            <mo {...CLOSE}>)</mo>
        </mrow>
    );
}

function operation(tree: Tree & { kind: "operation" }, letters: Letters): JSX.Element {
    const { by, left, right } = tree;
    if (by === "/")
        return (
            <mfrac>
                <mrow>
                    <Typed tree={left} letters={letters} />
                </mrow>
                <mrow>
                    <Typed tree={right} letters={letters} />
                </mrow>
            </mfrac>
        );
    if (by === "^")
        return (
            <msup>
                <mrow>{inBrackets(left, letters, 5)}</mrow>
                <mrow>
                    <Typed tree={right} letters={letters} />
                </mrow>
            </msup>
        );
    const sign =
        by === "-" ? "−" : by === "+" ? "+" : right.kind === "number" || left.kind === "number" ? "·" : "\u2062";
    return (
        <mrow>
            {inBrackets(left, letters, STRENGTH[by])}
            <mo {...BETWEEN}>{sign}</mo>
            {by === "*" && sign !== "·" && <mspace width="0.15em" />}
            {inBrackets(right, letters, STRENGTH[by] + (by === "+" ? 0 : 1))}
        </mrow>
    );
}

function inBrackets(tree: Tree, letters: Letters, atLeast: number): JSX.Element {
    const strength =
        tree.kind === "operation"
            ? tree.by === "/"
                ? 5
                : STRENGTH[tree.by]
            : tree.kind === "negative"
              ? 1
              : tree.kind === "cases"
                ? 0
                : 5;
    const inside = <Typed tree={tree} letters={letters} />;
    return strength >= atLeast ? (
        inside
    ) : (
        <mrow>
            <mo {...OPEN}>(</mo>
            {inside}
            <mo {...CLOSE}>)</mo>
        </mrow>
    );
}
