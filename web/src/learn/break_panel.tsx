/** Break the derivative: type a wrong one, and see which check finds it and why. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ACTIVATIONS as LAYERS } from "../kernel";
import { Elementwise } from "../kernel/layers";
import { checks, METHODS, probe, why, type Check, type Method, type Slope } from "./checks";
import { evaluate, FormulaError, parse, type Tree } from "./expression";
import { ACTIVATIONS, TITLES } from "./formulas";
import { Learn } from "./frame";
import { Formula, Op, Typed } from "./mathml";
import { inSentence, likelyKind } from "./mistakes";
import { shown } from "./numbers";

const PROBE = probe(0);
const A = { a: () => <mi class="q q-z">a</mi>, h: () => <mi class="q q-h">h</mi> };

export function BreakPanel(): JSX.Element {
    const [key, setKey] = useState("tanh");
    const [text, setText] = useState(ACTIVATIONS["tanh"]!.slope);
    const [where, setWhere] = useState<ReadonlySet<Method>>(new Set(METHODS));
    const choose = (to: string): void => {
        setKey(to);
        setText(ACTIVATIONS[to]!.slope);
    };
    const toggle = (method: Method): void => {
        const next = new Set(where);
        if (!next.delete(method)) next.add(method);
        setWhere(next);
    };
    const tree = read(text);
    const formulas = ACTIVATIONS[key]!;
    return (
        <Learn>
            <p>
                A layer has its derivative in three methods: vjp multiplies by it from the left, which is what the
                backward pass does, jvp from the right, and the Jacobian holds it in full. Break it, in one of them or
                in all, and see which check notices.
            </p>
            <div class="learn-chooser">
                <label>
                    Activation{" "}
                    <select value={key} onChange={(event) => choose(event.currentTarget.value)}>
                        {Object.keys(ACTIVATIONS).map((each) => (
                            <option value={each} selected={each === key}>
                                {TITLES[each]}
                            </option>
                        ))}
                    </select>
                </label>
                <span class="learn-formula">
                    <Formula>
                        <mi class="q q-h">h</mi>
                        <Op>=</Op>
                        <Typed tree={parse(formulas.value)} letters={A} />
                    </Formula>
                </span>
                <label class="learn-typed">
                    h' ={" "}
                    <input
                        type="text"
                        value={text}
                        spellcheck={false}
                        autocomplete="off"
                        aria-invalid={tree instanceof FormulaError}
                        aria-describedby="learn-typed"
                        onInput={(event) => setText(event.currentTarget.value)}
                    />
                </label>
            </div>
            <p id="learn-typed" aria-live="polite">
                {tree instanceof FormulaError ? (
                    tree.message
                ) : (
                    <Formula>
                        <mi class="q q-h">h</mi>
                        <mo>'</mo>
                        <Op>=</Op>
                        <Typed tree={tree} letters={A} />
                    </Formula>
                )}
            </p>
            <div class="learn-options" role="group" aria-label="Derivatives to try">
                <button type="button" aria-pressed={text === formulas.slope} onClick={() => setText(formulas.slope)}>
                    the right one
                </button>
                {formulas.wrong.map((wrong) => (
                    <button type="button" aria-pressed={text === wrong} onClick={() => setText(wrong)}>
                        {wrong}
                    </button>
                ))}
            </div>
            <fieldset class="learn-ask">
                <legend>Methods that use it; the others keep the right one</legend>
                {METHODS.map((method) => (
                    <label class="learn-box">
                        <input type="checkbox" checked={where.has(method)} onChange={() => toggle(method)} /> {method}
                    </label>
                ))}
            </fieldset>
            {!(tree instanceof FormulaError) && (
                <Found layer={layerOf(key)} title={TITLES[key]!} tree={tree} where={where} />
            )}
        </Learn>
    );
}

function read(text: string): Tree | FormulaError {
    try {
        return parse(text);
    } catch (error) {
        if (error instanceof FormulaError) return error;
        throw error;
    }
}

function layerOf(key: string): Elementwise {
    for (const Made of Object.values(LAYERS)) {
        const layer = new Made();
        if (layer instanceof Elementwise && layer.key === key) return layer;
    }
    throw new RangeError(`There is no activation ${key}.`);
}

function Found({
    layer,
    title,
    tree,
    where,
}: {
    layer: Elementwise;
    title: string;
    tree: Tree;
    where: ReadonlySet<Method>;
}): JSX.Element {
    const slope: Slope = (a, h) => evaluate(tree, { a, h });
    const results = checks(layer, slope, where, PROBE);
    const differences = results.at(-1)!;
    const failed = results.filter((check) => !check.passes);
    const likely = likelyKind((a) => layer.function(a), slope, PROBE.a.flat());
    return (
        <>
            <Slopes layer={layer} slope={slope} />
            <div class="learn-scroll">
                <table class="learn-checks">
                    <thead>
                        <tr>
                            <th>check</th>
                            <th>one side</th>
                            <th>the other</th>
                            <th>relative difference</th>
                            <th>verdict</th>
                            <th>why</th>
                        </tr>
                    </thead>
                    <tbody>
                        {results.map((check) => (
                            <Line check={check} where={where} right={differences.passes} />
                        ))}
                    </tbody>
                </table>
            </div>
            <p class="learn-verdict" aria-live="polite">
                {verdict(failed)}
            </p>
            {!differences.passes && <p class="learn-mistake">{inSentence(title, differences, likely)}</p>}
        </>
    );
}

function verdict(failed: readonly Check[]): string {
    if (failed.length === 0) return "No check fails.";
    if (failed.length === 1)
        return "Only the differences find it: the methods share the mistake, so they agree with each other. That is why a gradient is compared with differences of the loss, and not with itself.";
    return `${failed.length} of 4 checks find it: the methods no longer agree with each other.`;
}

function Line({ check, where, right }: { check: Check; where: ReadonlySet<Method>; right: boolean }): JSX.Element {
    return (
        <tr class={check.passes ? "passes" : "fails"} data-check={check.name}>
            <th scope="row">{check.name}</th>
            <td>
                {check.left} {shown(check.found)}
            </td>
            <td>
                {check.right} {shown(check.expected)}
            </td>
            <td>{check.error === 0 ? "0" : check.error.toExponential(1)}</td>
            <td>{check.passes ? "✓ passes" : "✗ fails"}</td>
            <td>{why(check, where, right)}</td>
        </tr>
    );
}

// The stretch of a that is drawn, and its points.
const REACH = 4;
const POINTS = 161;

/** The slope as typed beside the right one. */
function Slopes({ layer, slope }: { layer: Elementwise; slope: Slope }): JSX.Element {
    const at = Array.from({ length: POINTS }, (_, i) => -REACH + (2 * REACH * i) / (POINTS - 1));
    const right = at.map((a) => layer.derivative(a, layer.function(a)));
    const typed = at.map((a) => slope(a, layer.function(a)));
    // As much again above and below as the right slope takes: a wrong one may go anywhere.
  const [least, most] = [Math.min(0, ...right), Math.max(1, ...right)];
  const [low, high] = [least - (most - least) / 2, most + (most - least) / 2];
  const x = (a: number): number => 150 + (140 * a) / REACH;
    const y = (value: number): number => 100 - (90 * (Math.min(Math.max(value, low), high) - low)) / (high - low);
    const line = (values: readonly number[]): string =>
        values.reduce(
            (d, value, i) =>
                Number.isFinite(value)
                    ? `${d}${d === "" || !Number.isFinite(values[i - 1]!) ? "M" : "L"}${x(at[i]!).toFixed(1)},${y(value).toFixed(1)}`
                    : d,
            "",
        );
    return (
        <figure>
            <svg
                viewBox="0 0 300 110"
                class="learn-curve"
                role="img"
                aria-label="The slope as typed beside the right one, for a from -4 to 4."
            >
                <line x1="10" x2="290" y1={y(0)} y2={y(0)} class="axis" />
                <path d={line(right)} class="loss" />
                <path d={line(typed)} class="tangent" />
            </svg>
            <figcaption>The right slope (solid) and yours (dashed), for a from −4 to 4.</figcaption>
        </figure>
    );
}
