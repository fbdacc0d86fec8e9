/** Which row and which weight are followed, for those who do not click on pictures. */

import type { JSX } from "preact";
import { data } from "../playground/store";
import { shown } from "./numbers";
import { chooseRow, chooseWeight, classNames, inputNames, row, trace, weight } from "./state";
import { denseLinks, linkOf, valueOf, weightNamed, type Place } from "./trace";

export function Chooser(): JSX.Element | null {
    if (trace.value === null) return null;
    return (
        <div class="learn-chooser">
            <RowChooser />
            <WeightChooser place={weight.value} />
            <p id="learn-chosen" aria-live="polite">
                {inWords()}
            </p>
        </div>
    );
}

function inWords(): string {
    const of = trace.value!;
    const [classes, label] = [classNames.value, of.t.indexOf(1)];
    const says = of.y.indexOf(Math.max(...of.y));
    const verdict = says === label ? `correctly predicts ${classes[says]}` : `predicts ${classes[says]}`;
    return (
        `Row ${row.value} is of class ${classes[label]}, to which the network gives a probability of ${shown(of.y[label]!)}; it ${verdict}, ` +
        `and the loss is ${shown(of.loss)}. Weight ${weightNamed(of, weight.value)} = ${shown(valueOf(of, weight.value))}.`
    );
}

function RowChooser(): JSX.Element {
    const go = (at: number) => (): void => chooseRow(at);
    return (
        <div class="learn-choice" role="group" aria-label="Row">
            <label>
                Row{" "}
                <input
                    type="number"
                    min={0}
                    max={data.value.rows - 1}
                    value={row.value}
                    onChange={(event) => chooseRow(Number(event.currentTarget.value) || 0)}
                />
            </label>
            <button type="button" onClick={go(row.value - 1)} aria-label="Previous row">
                ←
            </button>
            <button type="button" onClick={go(row.value + 1)} aria-label="Next row">
                →
            </button>
        </div>
    );
}

function WeightChooser({ place }: { place: Place }): JSX.Element {
    const of = trace.value!;
    const link = linkOf(of, place);
    const choose = (change: Partial<Place>): void => chooseWeight({ ...place, ...change });
    const inputs = link.x.map((_, i) =>
        place.layer === 0 ? (inputNames.value[i] ?? `${i + 1}`) : `${link.xName.letter}${link.xName.layer}[${i + 1}]`,
    );
    const outputs = link.y.map((_, i) =>
        link.yName.letter === "z"
            ? `z[${i + 1}] (${classNames.value[i]})`
            : `${link.yName.letter}${link.yName.layer}[${i + 1}]`,
    );
    return (
        <div class="learn-choice" role="group" aria-label="Weight">
            <Select
                label="Weight of layer"
                value={place.layer}
                options={denseLinks(of).map((_, i) => [i, `${i + 1}`])}
                choose={(layer) => chooseWeight({ layer, input: 0, output: 0 })}
            />
            <Select
                label="from"
                value={place.input}
                options={[
                    ...inputs.map((name, i): [number, string] => [i, name]),
                    ...(link.bias === null ? [] : [[-1, "bias"] as [number, string]]),
                ]}
                choose={(input) => choose({ input })}
            />
            <Select
                label="to"
                value={place.output}
                options={outputs.map((name, i) => [i, name])}
                choose={(output) => choose({ output })}
            />
        </div>
    );
}

function Select({
    label,
    value,
    options,
    choose,
}: {
    label: string;
    value: number;
    options: [number, string][];
    choose: (value: number) => void;
}): JSX.Element {
    return (
        <label>
            {label}{" "}
            <select value={value} onChange={(event) => choose(Number(event.currentTarget.value))}>
                {options.map(([key, name]) => (
                    <option value={key} selected={key === value}>
                        {name}
                    </option>
                ))}
            </select>
        </label>
    );
}
