/** A function as a curve, with the point where it is looked at and the tangent there. */

import type { JSX } from "preact";

/** Points of the curve: enough that it looks smooth. */
const POINTS = 121;
/** The picture, in its own units. */
const [WIDE, HIGH] = [320, 190];
const EDGE = { left: 26, right: 8, top: 8, bottom: 22 };

export interface CurveProps {
  readonly f: (x: number) => number;
  readonly slope: (x: number) => number;
  readonly at: number;
  /** Numbers at the axes, the first and the last of which are their ends. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly xName: string;
  readonly yName: string;
  /** How far the tangent goes to either side. */
  readonly reach: number;
  /** What is shown, for those who cannot see it. */
  readonly label: string;
  /** Keys by which curve, tangent and point light up. */
  readonly keys?: readonly [string, string, string];
}

export function Curve({ f, slope, at, xs, ys, xName, yName, reach, label, keys }: CurveProps): JSX.Element {
  const [low, high, bottom, top] = [xs[0]!, xs.at(-1)!, ys[0]!, ys.at(-1)!];
  const x = (of: number): number => EDGE.left + ((of - low) / (high - low)) * (WIDE - EDGE.left - EDGE.right);
  const y = (of: number): number => EDGE.top + ((top - of) / (top - bottom)) * (HIGH - EDGE.top - EDGE.bottom);
  const path = (points: readonly number[], of: (x: number) => number): string => `M${points.map((p) => `${x(p).toFixed(1)},${y(of(p)).toFixed(1)}`).join("L")}`;
  const points = Array.from({ length: POINTS }, (_, i) => low + (i / (POINTS - 1)) * (high - low));
  const written = (of: number): string => String(of).replace("-", "−");
  return (
    <svg class="live-curve" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label}>
      <path class="axis" d={`M${EDGE.left},${EDGE.top}V${y(bottom)}H${WIDE - EDGE.right}`} />
      {ys.map((of) => <text key={of} x={EDGE.left - 6} y={y(of) + 4} class="end">{written(of)}</text>)}
      {xs.map((of) => <text key={of} x={x(of)} y={HIGH - 5} class="middle">{written(of)}</text>)}
      <text x={EDGE.left + 6} y={EDGE.top + 8}>{yName}</text>
      <text x={WIDE - EDGE.right} y={y(bottom) - 6} class="end">{xName}</text>
      <path class="line" data-k={keys?.[0]} d={path(points, f)} />
      <path class="tangent" data-k={keys?.[1]} d={path([at - reach, at + reach], (of) => f(at) + (of - at) * slope(at))} />
      <circle data-k={keys?.[2]} cx={x(at)} cy={y(f(at))} r="5" />
    </svg>
  );
}
