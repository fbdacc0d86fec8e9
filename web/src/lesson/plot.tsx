/** A plain plot of lines: axes with ticks, a vertical line at a marked place, and points that stand out. */

import type { JSX } from "preact";
import { ticks } from "../playground/canvas";

export interface Axis {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
}

export interface PlotLine {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface PlotProps {
  /** In the order of their colours and dashes: the accent, the term's, the soft one. */
  readonly lines: readonly PlotLine[];
  readonly x: Axis;
  readonly y: Axis;
  /** Where a vertical line stands. */
  readonly mark?: number;
  /** Points that stand out. */
  readonly dots?: readonly (readonly [number, number])[];
  /** What is shown, for those who cannot see it. */
  readonly label: string;
}

/** The picture, in its own units. */
const [WIDE, HIGH] = [340, 220];
const EDGE = { left: 46, right: 18, top: 16, bottom: 38 };
/** Powers of ten at an axis, at most. */
const MOST_POWERS = 6;

export function LinePlot({ lines, x: across, y: up, mark, dots = [], label }: PlotProps): JSX.Element {
  const [left, right, top, bottom] = [EDGE.left, WIDE - EDGE.right, EDGE.top, HIGH - EDGE.bottom];
  const share = ({ low, high, log }: Axis, of: number): number => (log ? Math.log(of / low) / Math.log(high / low) : (of - low) / (high - low));
  const x = (of: number): number => left + share(across, of) * (right - left);
  // what lies beyond the axis runs along the edge
  const y = (of: number): number => bottom - Math.max(0, Math.min(1, share(up, up.log ? Math.max(of, Number.MIN_VALUE) : of))) * (bottom - top);
  return (
    <>
      <svg class="live-curve" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label}>
        {ticksOf(up).map((of) => (
          <g key={of}><path d={`M${left},${y(of)}H${right}`} /><text x={left - 6} y={y(of) + 4} class="end"><Tick at={of} /></text></g>
        ))}
        {ticksOf(across).map((of) => <text key={of} x={x(of)} y={bottom + 18} class="middle"><Tick at={of} /></text>)}
        <text x={left} y={top - 5}>{up.name}</text>
        <text x={right} y={HIGH - 4} class="end">{across.name}</text>
        {mark !== undefined && <path class="mark" d={`M${x(mark)},${top}V${bottom}`} />}
        {lines.map(({ name, points }, at) => (
          <path key={name} class={`series s${at}`} d={points.length ? `M${points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join("L")}` : ""} />
        ))}
        {dots.map(([px, py], at) => <circle key={at} cx={x(px)} cy={y(py)} r="4.5" />)}
      </svg>
      {lines.length > 1 && (
        <p class="live-key">
          {lines.map(({ name }, at) => (
            <span key={name} class="live-marker">
              <svg class="live-curve swatch" viewBox="0 0 26 8" width="26" height="8" aria-hidden="true"><path class={`series s${at}`} d="M0,4H26" /></svg>
              {name}
            </span>
          ))}
        </p>
      )}
    </>
  );
}

function ticksOf({ low, high, log }: Axis): number[] {
  if (!log) return ticks(low, high, 5);
  const powers = Array.from({ length: 60 }, (_, i) => 10 ** (i - 40)).filter((of) => of >= low * 0.999 && of <= high * 1.001);
  const every = Math.ceil(powers.length / MOST_POWERS);
  return powers.filter((_, at) => (powers.length - 1 - at) % every === 0);
}

/** A number at an axis; a small or large one as a power of ten. */
function Tick({ at }: { at: number }): JSX.Element {
  const power = Math.round(Math.log10(Math.abs(at)));
  if (at === 0 || (Math.abs(at) >= 1e-3 && Math.abs(at) < 1e5)) return <>{String(at).replace("-", "−")}</>;
  return <>10<tspan class="power" dy="-4">{String(power).replace("-", "−")}</tspan></>;
}
