/** Three logits to drag, and the probabilities that softmax makes of them. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { matrix, Softmax } from "../kernel";
import { CLASS_COLORS } from "../playground/colors";
import { fixed } from "../playground/format";
import { BELOW } from "./data";
import { Exact } from "./numbers";
import { Slider } from "./slider";

/** The largest logit without its sign: as far as the picture goes. */
const MOST = 10;
/** Of a logit. */
const STEP = 0.1;

export function SoftmaxFigure({ start }: { start: readonly number[] }): JSX.Element {
  const [z, setZ] = useState(start);
  const y = new Softmax().forward({}, matrix(1, z.length, z)).data;
  const add = (by: number): void => setZ(z.map((of) => Math.max(-MOST, Math.min(MOST, of + by))));
  return (
    <>
      <div class="live-sliders">
        {z.map((of, c) => (
          <Slider
            key={c} label={`Logit z${BELOW[c]}`} min={-MOST} max={MOST} step={STEP} at={of} text={fixed(of, 1)}
            onMove={(to) => setZ(z.map((old, d) => (c === d ? to : old)))}
          />
        ))}
        <p class="live-buttons">
          <button type="button" onClick={() => add(1)}>Add 1 to every logit</button>
          <button type="button" onClick={() => add(-1)}>Take 1 from every logit</button>
          <button type="button" onClick={() => setZ(start)}>Reset</button>
        </p>
      </div>
      <dl class="live-bars">
        {[...y].map((share, c) => (
          <div key={c}>
            <dt>y{BELOW[c]}</dt>
            <dd>
              <span class="live-track" aria-hidden="true">
                <span class="live-fill" style={{ transform: `scaleX(${share})`, background: CLASS_COLORS[c]! }} />
              </span>
              <Exact value={share} decimals={4} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
