/** Rosenblatt's rule, mistake by mistake: the point that is on the wrong side, and the line before and after it. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Cost, Dense, fromRows, Generator, Network, PerceptronCriterion, PerceptronRule } from "../kernel";
import { CLASS_COLORS, markerPath } from "../playground/colors";
import { fixed } from "../playground/format";
import { Buttons } from "./choice";
import { CLASSES, type Gaussians } from "./data";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** Passes over the points at most, as in the text. */
const MOST_PASSES = 100;
/** The pairs of the text: one that a line separates, and one that none does. */
const PAIRS: readonly (readonly [number, number])[] = [[0, 1], [1, 2]];
/** The picture, in its own units, and the part of the plane that it shows. */
const [WIDE, HIGH] = [440, 264];
const [LEFT, RIGHT, BOTTOM, TOP] = [-5, 5, -3, 3];

export interface Correction {
  /** Which pass over the points it falls into, from 1 on. */
  readonly pass: number;
  /** The row that was on the wrong side. */
  readonly row: number;
  /** Two weights and the bias, after it. */
  readonly theta: Float64Array;
}

/** Return every correction of the rule from zero weights, in the order in which Python goes through the rows, and the passes. */
export function corrections(part: Gaussians, pair: readonly [number, number]): { made: Correction[]; passes: number; converged: boolean } {
  const line = new Network([new Dense(2, 1)]), rule = new PerceptronRule(), made: Correction[] = [], generator = new Generator(0);
  const rows = [...part.labels.keys()].filter((row) => pair.includes(part.labels[row]!));
  const costs = rows.map((row) => Cost.of(line, new PerceptronCriterion(), fromRows([part.x[row]!]), [Number(part.labels[row] === pair[1])], { reduction: "sum" }));
  let theta = line.zeros(), state = rule.init();
  for (let pass = 1; pass <= MOST_PASSES; pass += 1) {
    const before = made.length;
    for (const at of generator.permutation(rows.length)) {
      const step = rule.step(costs[at]!, theta, state);
      if (step.gradient.some((of) => of !== 0)) made.push({ pass, row: rows[at]!, theta: step.theta });
      [theta, state] = [step.theta, step.state];
    }
    if (made.length === before) return { made, passes: pass, converged: true };
  }
  return { made, passes: MOST_PASSES, converged: false };
}

export function PerceptronFigure({ part }: { part: Gaussians }): JSX.Element {
  const [which, choose] = useState(0);
  const [asked, setAt] = useState(0);
  const pair = PAIRS[which]!, { made, passes, converged } = useMemo(() => corrections(part, pair), [which]);
  const at = Math.min(asked, made.length), theta = at > 0 ? made[at - 1]!.theta : new Float64Array(3), next = made[at];
  const rows = [...part.labels.keys()].filter((row) => pair.includes(part.labels[row]!));
  const second: number = pair[1], isWrong = (row: number): boolean => score(theta, part.x[row]!) > 0 !== (part.labels[row] === second);
  const wrong = rows.filter(isWrong).length, ofNext = next && part.x[next.row]!;
  const nextPass = (): void => {
    const later = made.findIndex((each, k) => k >= at && each.pass > (next?.pass ?? 0));
    setAt(later < 0 ? made.length : later);
  };
  return (
    <>
      <div class="live-sliders">
        <Buttons label="Classes" names={PAIRS.map(([a, b]) => `${CLASSES[a]} and ${CLASSES[b]}`)} chosen={which} onChoose={(to) => { choose(to); setAt(0); }} />
        <Slider label="Corrections" min={0} max={made.length} step={1} at={at} text={String(at)} onMove={setAt} />
        <p class="live-buttons">
          <button type="button" disabled={!next} onClick={() => setAt(at + 1)}>Correct one mistake</button>
          <button type="button" disabled={!next} onClick={nextPass}>To the end of the pass</button>
          <button type="button" onClick={() => setAt(0)}>Back to zero weights</button>
        </p>
      </div>
      <Plane part={part} rows={rows} theta={theta} after={next?.theta} marked={next?.row} label={`The line after ${at} corrections: ${wrong} of ${rows.length} points are on the wrong side`} />
      <p class="live-key">On the solid line z = 0; the dashed line is where it goes with the next correction, which the ringed point asks for.</p>
      <p class="live-told" aria-live="polite">
        w = (<Exact value={theta[0]!} decimals={2} />, <Exact value={theta[1]!} decimals={2} />), b = <Exact value={theta[2]!} decimals={0} />
        {" · "}on the wrong side: <strong><Exact value={wrong} decimals={0} /></strong> of {rows.length}
        <br />
        {next && ofNext ? (
          <>
            Pass <Exact value={next.pass} decimals={0} />: the next mistake is point {next.row + 1} of class {CLASSES[part.labels[next.row]!]}, z = {fixed(score(theta, ofNext), 2)}, so
            {part.labels[next.row] === second ? " add " : " take "} ({fixed(ofNext[0], 2)}, {fixed(ofNext[1], 2)}, 1)
            {part.labels[next.row] === second ? " to " : " from "} (w, b).
          </>
        ) : converged ? (
          <>Pass <Exact value={passes} decimals={0} /> found no mistake: the rule has converged.</>
        ) : (
          <>After <Exact value={passes} decimals={0} /> passes and {made.length} corrections there are still mistakes.</>
        )}
      </p>
    </>
  );
}

const score = (theta: Float64Array, [x1, x2]: readonly [number, number]): number => theta[0]! * x1 + theta[1]! * x2 + theta[2]!;

interface PlaneProps {
  readonly part: Gaussians;
  readonly rows: readonly number[];
  readonly theta: Float64Array;
  readonly after: Float64Array | undefined;
  readonly marked: number | undefined;
  readonly label: string;
}

const x = (of: number): number => ((of - LEFT) / (RIGHT - LEFT)) * WIDE;
const y = (of: number): number => ((TOP - of) / (TOP - BOTTOM)) * HIGH;

function Plane({ part, rows, theta, after, marked, label }: PlaneProps): JSX.Element {
  const at = marked === undefined ? null : part.x[marked]!;
  return (
    <svg class="live-curve live-plane" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label}>
      <path d={`M${x(LEFT)},${y(0)}H${x(RIGHT)}M${x(0)},${y(TOP)}V${y(BOTTOM)}`} />
      <text x={WIDE - 6} y={y(0) - 5} class="end">x₁</text>
      <text x={x(0) + 5} y={12}>x₂</text>
      <path class="line" d={lineOf(theta)} />
      {after && <path class="tangent" d={lineOf(after)} />}
      {rows.map((row) => (
        <path key={row} class="point" transform={`translate(${x(part.x[row]![0])} ${y(part.x[row]![1])})`} d={markerPath(part.labels[row]!, 5)} style={{ fill: CLASS_COLORS[part.labels[row]!]! }} />
      ))}
      {at && <circle class="ring" cx={x(at[0])} cy={y(at[1])} r="10" />}
    </svg>
  );
}

/** Return the part of the line where the score is zero that the picture shows; nothing where all weights are zero. */
function lineOf([w1, w2, b]: Float64Array): string {
  const size = w1! * w1! + w2! * w2!;
  if (size === 0) return "";
  const [x0, y0] = [(-b! * w1!) / size, (-b! * w2!) / size];
  let [from, to] = [-Infinity, Infinity];
  for (const [at, by, low, high] of [[x0, -w2!, LEFT, RIGHT], [y0, w1!, BOTTOM, TOP]] as const) {
    if (by === 0 && (at < low || at > high)) return "";
    if (by === 0) continue;
    const ends = [(low - at) / by, (high - at) / by];
    [from, to] = [Math.max(from, Math.min(...ends)), Math.min(to, Math.max(...ends))];
  }
  return from < to ? `M${x(x0 - from * w2!)},${y(y0 + from * w1!)}L${x(x0 - to * w2!)},${y(y0 + to * w1!)}` : "";
}
