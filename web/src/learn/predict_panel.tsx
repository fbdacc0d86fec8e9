/** Predict first: sign, size, and which weight moves most; then the numbers. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Chooser } from "./chooser";
import { Learn } from "./frame";
import { questions, type Question } from "./predict";
import { chooseRow, optimizer, rate, row, trace, weight } from "./state";
import { data, selectedWeight } from "../playground/store";
import { places } from "./trace";
import { generator } from "./checks";

export function PredictPanel(): JSX.Element {
    return (
        <Learn>
            <Predict />
        </Learn>
    );
}

function Predict(): JSX.Element | null {
    const [round, setRound] = useState(1);
    const [score, setScore] = useState({ right: 0, of: 0 });
    const of = trace.value;
    if (of === null) return null;
    const { layer, input, output } = weight.value;
    const key = `${round} ${row.value} ${layer} ${input} ${output}`;
    const asked = questions(of, weight.value, optimizer.value, rate.value, round);
    const answered = (right: boolean): void =>
        setScore((before) => ({ right: before.right + Number(right), of: before.of + 1 }));
    return (
        <>
            <p>
                Decide before you see a number of the backward pass. A guess that turns out wrong teaches more than a
                number that is only read.
            </p>
            <Chooser />
            {asked.map((question) => (
                <Ask key={`${key} ${question.key}`} question={question} answered={answered} />
            ))}
            <p class="learn-score" aria-live="polite">
                {score.of > 0 && `${score.right} of ${score.of} right.`}
            </p>
            <button
                type="button"
                onClick={() => {
                    another(round);
                    setRound(round + 1);
                }}
            >
                Another row and weight
            </button>
        </>
    );
}

/** Choose a row and a weight at random. */
function another(round: number): void {
    const draw = generator(7919 * round);
    const there = places(trace.value!).filter((place) => place.input >= 0);
    selectedWeight.value = there[Math.floor(draw() * there.length)] ?? null;
    chooseRow(Math.floor(draw() * data.value.rows));
}

function Ask({ question, answered }: { question: Question; answered: (right: boolean) => void }): JSX.Element {
    const [given, setGiven] = useState<number | null>(null);
    const choose = (option: number) => (): void => {
        if (given !== null) return;
        setGiven(option);
        answered(option === question.right);
    };
    const look = (option: number): string =>
        given === null ? "" : option === question.right ? "right" : option === given ? "wrong" : "";
    return (
        <fieldset class="learn-ask" data-question={question.key}>
            <legend>{question.text}</legend>
            <div class="learn-options">
                {question.options.map((name, option) => (
                    <button
                        type="button"
                        class={look(option)}
                        aria-pressed={given === option}
                        aria-disabled={given !== null}
                        onClick={choose(option)}
                    >
                        {name}
                        {look(option) === "right" && " ✓"}
                        {look(option) === "wrong" && " ✗"}
                    </button>
                ))}
            </div>
            <p aria-live="polite">
                {given !== null && `${given === question.right ? "Right." : "Not quite."} ${question.reason}`}
            </p>
        </fieldset>
    );
}
