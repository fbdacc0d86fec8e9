/** The confusion matrix to be clicked: which points a count is made of, and how sure the network was of them. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { fromRows, type Network } from "../kernel";
import { fixed } from "../playground/format";
import { settingsOf } from "./bias";
import { Buttons } from "./choice";
import { BELOW, CLASSES, probabilities, type Gaussians } from "./data";
import { Exact, Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { Slider } from "./slider";

/** The largest of three probabilities is never below a third. */
const [LEAST, MOST] = [0.33, 0.99];
const STEP = 0.01;

interface Row {
  readonly row: number;
  readonly label: number;
  readonly y: readonly number[];
  /** The most probable class, or null where it is not probable enough. */
  readonly given: number | null;
}

export function ConfusionFigure({ network, part }: { network: Network; part: Gaussians }): JSX.Element {
  const settings = useMemo(() => settingsOf(network, part), [part]), names = Object.keys(settings);
  const [chosen, choose] = useState(0);
  const [least, setLeast] = useState<number>(LEAST);
  const [[label, given], look] = useState<readonly [number, number | null]>([1, 2]);
  const theta = settings[names[chosen]!]!, rows = useMemo(() => rowsOf(network, theta, part, least), [theta, least]);
  const inCell = rows.filter((row) => row.label === label && row.given === given), decided = rows.filter((row) => row.given !== null);
  const right = decided.filter((row) => row.given === row.label).length, columns = [...CLASSES.keys(), null];
  return (
    <>
      <div class="live-sliders">
        <Buttons label="Parameters" names={names} chosen={chosen} onChoose={choose} />
        <Slider label="Least probability" min={LEAST} max={MOST} step={STEP} at={least} text={fixed(least, 2)} onMove={setLeast} />
      </div>
      <div class="live-panels">
        <div>
          <PlaneMap network={network} theta={theta} part={part} chosen={inCell.map(({ row }) => row)} label={`The ${inCell.length} points of class ${CLASSES[label]} that are ${told(given)}, in the plane`} />
          <MapKey />
        </div>
        <div>
          <table class="live-counts">
            <caption>Click a count: its points are marked, and listed below</caption>
            <thead>
              <tr><th scope="col">true</th>{columns.map((of) => <th scope="col" key={of}>{of === null ? "no class" : `as ${CLASSES[of]}`}</th>)}</tr>
            </thead>
            <tbody>
              {CLASSES.map((name, c) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {columns.map((of) => {
                    const count = rows.filter((row) => row.label === c && row.given === of).length;
                    return (
                      <td key={of} class={of === c ? "right" : of !== null && count > 0 ? "wrong" : ""}>
                        <button type="button" aria-pressed={label === c && given === of} aria-label={`${count} points of class ${name} ${told(of)}`} onClick={() => look([c, of])}>{count}</button>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <Listed rows={inCell} part={part} title={`Points of class ${CLASSES[label]} that are ${told(given)}`} />
      <p class="live-told" aria-live="polite">
        Points given a class: <strong><Exact value={decided.length} decimals={0} /></strong> of {rows.length}{" · "}of these classified correctly:{" "}
        <strong>{decided.length ? <Percent share={right / decided.length} /> : "–"}</strong>
        <span class="live-key">Deciding only where the network is confident makes fewer mistakes, but leaves more points undecided.</span>
      </p>
    </>
  );
}

const told = (given: number | null): string => (given === null ? "given no class" : `classified as ${CLASSES[given]}`);

function rowsOf(network: Network, theta: Float64Array, part: Gaussians, least: number): Row[] {
  const y = probabilities(network, theta, fromRows(part.x));
  return part.labels.map((label, row) => {
    const of = [...y.data.subarray(row * y.columns, (row + 1) * y.columns)], largest = Math.max(...of);
    return { row, label, y: of, given: largest < least ? null : of.indexOf(largest) };
  });
}

function Listed({ rows, part, title }: { rows: readonly Row[]; part: Gaussians; title: string }): JSX.Element {
  return (
    <div class="scroll">
      <table class="live-listed">
        <caption>{title}, and their probabilities{rows.length === 0 ? ": none" : ""}</caption>
        <thead><tr><th scope="col">point</th><th scope="col">x₁</th><th scope="col">x₂</th>{CLASSES.map((name, c) => <th scope="col" key={name}>y{BELOW[c]} ({name})</th>)}</tr></thead>
        <tbody>
          {rows.map(({ row, y }) => (
            <tr key={row}>
              <td>{row + 1}</td>{part.x[row]!.map((of, axis) => <td key={axis}>{fixed(of, 2)}</td>)}
              {y.map((of, c) => <td key={c}><Exact value={of} decimals={3} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
