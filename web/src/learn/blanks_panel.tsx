/** Blanks to fill in along the chain, marked at once, with hints, worked steps and what a wrong answer comes from. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { blanks, mark, type Blank, type Mark } from "./blanks";
import { Chooser } from "./chooser";
import { Learn } from "./frame";
import { shown } from "./numbers";
import { Forward } from "./steps";
import { optimizer, rate, row, trace, weight } from "./state";

export function BlanksPanel(): JSX.Element {
    return (
        <Learn>
            <Blanks />
        </Learn>
    );
}

function Blanks(): JSX.Element | null {
    const of = trace.value;
    if (of === null) return null;
    const { layer, input, output } = weight.value;
    const all = blanks(of, weight.value, optimizer.value, rate.value);
    return (
        <>
            <Chooser />
            <p>
                Work out each number from those given and the blanks before it, to four digits. An answer may be off by
                one percent.
            </p>
            <details>
                <summary>The forward numbers</summary>
                <Forward />
            </details>
            <ol class="learn-blanks">
                {all.map((blank) => (
                    <Fill key={`${row.value} ${layer} ${input} ${output} ${blank.key}`} blank={blank} />
                ))}
            </ol>
        </>
    );
}

// Hints in their order: the formula, the numbers that go into it, the answer.
const HINTS = ["Hint: the formula", "Hint: the numbers", "Show the answer"] as const;

function Fill({ blank }: { blank: Blank }): JSX.Element {
    const [answer, setAnswer] = useState("");
    const [verdict, setVerdict] = useState<Mark | null>(null);
    const [hints, setHints] = useState(0);
    const check = (event: Event): void => {
        event.preventDefault();
        setVerdict(mark(blank, answer));
    };
    const look = verdict === null ? "" : verdict.verdict === "right" ? "right" : "wrong";
    return (
        <li class={look} data-blank={blank.key}>
            <form onSubmit={check}>
                <label>
                    <span>
                        {blank.question}
                        <small>Given: {blank.given}</small>
                    </span>
                    <span class="learn-answer">
                        <b>{blank.name}</b> ={" "}
                        <input
                            type="text"
                            inputMode="decimal"
                            autocomplete="off"
                            size={9}
                            value={answer}
                            onInput={(event) => {
                                setAnswer(event.currentTarget.value);
                                setVerdict(null);
                            }}
                            onBlur={(event) => answer !== "" && check(event)}
                        />
                    </span>
                </label>
                <button type="submit">Check</button>
                {hints < HINTS.length && look !== "right" && (
                    <button type="button" onClick={() => setHints(hints + 1)}>
                        {HINTS[hints]}
                    </button>
                )}
            </form>
            {hints > 0 && <p class="learn-hint">{blank.formula}</p>}
            {hints > 1 && <p class="learn-hint">{hints > 2 ? blank.worked : withoutAnswer(blank)}</p>}
            <p class="learn-verdict" aria-live="polite">
                {verdict !== null && inWords(verdict, blank)}
            </p>
        </li>
    );
}

/** The worked step up to its last equals sign. */
function withoutAnswer(blank: Blank): string {
    const at = blank.worked.lastIndexOf("=");
    return `${blank.worked.slice(0, at)}= ?`;
}

function inWords(verdict: Mark, blank: Blank): string {
    switch (verdict.verdict) {
        case "right":
            return `Right: ${shown(blank.value)}.`;
        case "no number":
            return "That is not a number: write it like 0.25 or −1.5.";
        case "wrong":
            return (
                verdict.recognised?.message ??
                "Not right yet, and none of the usual mistakes gives this number: take a hint, or check the digits."
            );
    }
}
