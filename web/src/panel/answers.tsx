/** What the model says of the row: probabilities, contributions, and what it would say of others. */
import { signal } from "@preact/signals";
import type { PanelState } from "./state";

// The colours of classes and their markers, as in all figures.
export const COLORS = ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"];
const MARKERS = ["●", "■", "▲", "◆", "▼", "✚", "✖", "⬟", "◀", "▶"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 4"];
// Lines of the table of contributions: the other columns are added up in one more.
const MOST_LINES = 12;
const [HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [240, 46, 40, 10, 12] as const;
// Width of a chart and labels below it, on a wide page and on a narrow one, so that letters are as large on both.
const WIDE = { width: 640, words: 8, shares: [0, 0.25, 0.5, 0.75, 1] } as const;
const NARROW = { width: 350, words: 3, shares: [0, 0.5, 1] } as const;
// Words below a curve are cut to as many letters.
const SHOWN_OF_A_WORD = 14;

const query = matchMedia("(max-width: 34rem)"), narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));

export function percent(p: number): string {
  const share = 100 * p;
  return `${share > 0.0005 && share < 0.05 ? share.toPrecision(1) : share > 99.95 && share < 99.9995 ? share.toFixed(3) : share.toFixed(1)} %`;
}

/** A number that is shown in few digits and read, by a program or a pointer, with all of them. */
export function Exact({ value, children }: { value: number; children: string }) {
  return <data value={String(value)} title={String(value)}>{children}</data>;
}

export function ClassName({ state, index }: { state: PanelState; index: number }) {
  return (
    <span class="class-name">
      <span class="marker" aria-hidden="true" style={{ color: COLORS[index % COLORS.length] }}>{MARKERS[index % MARKERS.length]}</span>
      {String(state.model.classes[index])}
    </span>
  );
}

export function Probabilities({ state }: { state: PanelState }) {
  const { value: found, error } = state.answer.value, before = state.before.value;
  if (!found) return <p class="refusal" role="alert">{error}</p>;
  return (
    <>
      <p class="verdict" aria-live="polite">
        {state.data.title}: <strong>{String(found.label)}</strong>, {percent(found.probabilities[state.model.classes.indexOf(found.label)]!)}
      </p>
      <div class="scroll"><table class="bars">
        <thead><tr><th scope="col">class</th><th scope="col">probability</th><th scope="col"><span class="unseen">bar</span></th>{before && <th scope="col">of the kept row</th>}</tr></thead>
        <tbody>
          {found.probabilities.map((p, c) => (
            <tr key={c}>
              <th scope="row"><ClassName state={state} index={c} /></th>
              <td><Exact value={p}>{percent(p)}</Exact></td>
              <td class="bar"><span style={{ width: `${100 * p}%`, background: COLORS[c % COLORS.length] }} /></td>
              {before && <td><Exact value={before.probabilities[c]!}>{percent(before.probabilities[c]!)}</Exact> ({signed(100 * (p - before.probabilities[c]!))})</td>}
            </tr>
          ))}
        </tbody>
      </table></div>
    </>
  );
}

function signed(points: number): string {
  return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`;
}

export function ClassChoice({ state }: { state: PanelState }) {
  return (
    <label class="choice">
      Explain the probability of{" "}
      <select value={state.asked.value === null ? "" : String(state.asked.value)}
        onChange={(event) => (state.asked.value = event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}>
        <option value="">the likeliest class</option>
        {state.model.classes.map((name, c) => <option key={c} value={String(c)}>{String(name)}</option>)}
      </select>
    </label>
  );
}

export function ContributionTable({ state }: { state: PanelState }) {
  const found = state.contributions.value.value;
  if (!found) return null;
  const order = [...found.columns].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rest = order.slice(MOST_LINES), lines = [...order.slice(0, MOST_LINES)];
  if (rest.length) lines.push({ name: rest.length === 1 ? "1 other" : `${rest.length} others`, contribution: rest.reduce((sum, of) => sum + of.contribution, 0) });
  const largest = Math.max(...lines.map((of) => Math.abs(of.contribution)), 1e-12);
  const start = state.data.baseline ? "the average row of training" : "a row with all numbers at their mean";
  return (
    <>
      <p>
        For {start} the probability is <Exact value={found.baseline}>{percent(found.baseline)}</Exact>, for this row{" "}
        <Exact value={found.value}>{percent(found.value)}</Exact>. The contributions, integrated gradients, add up to the
        difference of {signed(100 * (found.value - found.baseline))} percentage points.
      </p>
      <div class="scroll"><table class="contributions">
        <thead><tr><th scope="col">column</th><th scope="col">percentage points</th><th scope="col"><span class="unseen">bar</span></th></tr></thead>
        <tbody>
          {lines.map(({ name, contribution }, line) => (
            <tr key={line}>
              <th scope="row">{name}</th>
              <td><Exact value={contribution}>{signed(100 * contribution)}</Exact></td>
              <td class="signed-bar"><span class={contribution < 0 ? "negative" : "positive"} style={barStyle(contribution / largest)} /></td>
            </tr>
          ))}
        </tbody>
      </table></div>
    </>
  );
}

/** A bar from the middle to the left where the share is negative, else to the right. */
function barStyle(share: number): { left: string; width: string } {
  const width = 50 * Math.abs(share);
  return { left: `${share < 0 ? 50 - width : 50}%`, width: `${width}%` };
}

export function WhatIf({ state }: { state: PanelState }) {
  const curve = state.curve.value.value, name = state.varied.value;
  return (
    <>
      <label class="choice">
        Vary{" "}
        <select value={String(state.columns.findIndex((column) => column.name === name))}
          onChange={(event) => (state.varied.value = state.columns[Number(event.currentTarget.value)]!.name)}>
          {state.columns.map((column, at) => column.kind !== "text" && <option key={at} value={String(at)}>{column.name}</option>)}
        </select>{" "}
        with all other columns as they are
      </label>
      {curve && <Chart state={state} name={name} />}
    </>
  );
}

function Chart({ state, name }: { state: PanelState; name: string }) {
  const curve = state.curve.value.value!, { at, words } = curve, [low, high] = [at[0]!, at[at.length - 1]!];
  const { width, words: most, shares } = narrow.value ? NARROW : WIDE;
  const x = (of: number): number => LEFT + ((width - LEFT - RIGHT) * (of - low)) / (high - low || 1);
  const y = (p: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - p);
  const column = state.columns.find((of) => of.name === name)!, isDate = column.kind === "date";
  const label = (of: number): string => (words ? (words[of] ?? "") : isDate ? new Date(of * 86_400_000).toISOString().slice(0, 10) : String(Number(of.toPrecision(4))));
  const ticks = words ? at.filter((_, place) => place % Math.ceil(at.length / most) === 0) : shares.map((share) => low + share * (high - low));
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`Probability of each class for values of ${name}`}>
        {[0, 0.5, 1].map((p) => (
          <g key={p}><line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(p)} y2={y(p)} /><text x={LEFT - 6} y={y(p) + 4} text-anchor="end">{`${100 * p} %`}</text></g>
        ))}
        {ticks.map((tick, place) => <text key={tick} x={x(tick)} y={HEIGHT - BOTTOM + 18} text-anchor={!words && place === ticks.length - 1 ? "end" : "middle"}>{label(tick).slice(0, SHOWN_OF_A_WORD)}</text>)}
        <text x={(LEFT + width) / 2} y={HEIGHT - 4} text-anchor="middle">{name.slice(0, 60)}</text>
        {curve.here !== null && curve.here >= low && curve.here <= high && <line class="here" x1={x(curve.here)} x2={x(curve.here)} y1={TOP} y2={HEIGHT - BOTTOM} />}
        {state.model.classes.map((_, c) =>
          words ? (
            at.map((of, place) => <text key={`${c}-${place}`} class="point" x={x(of)} y={y(curve.probabilities[place]![c]!) + 5} text-anchor="middle" fill={COLORS[c % COLORS.length]}>{MARKERS[c % MARKERS.length]}</text>)
          ) : (
            <polyline key={c} fill="none" stroke={COLORS[c % COLORS.length]} stroke-width="2.5" stroke-dasharray={DASHES[c % DASHES.length]}
              points={at.map((of, place) => `${x(of).toFixed(1)},${y(curve.probabilities[place]![c]!).toFixed(1)}`).join(" ")} />
          ),
        )}
      </svg>
      <figcaption>
        {state.model.classes.map((_, c) => <span key={c} class="legend"><ClassName state={state} index={c} /></span>)}
        {curve.here === null ? "" : " The vertical line is this row."}
      </figcaption>
    </figure>
  );
}
