/** A training in slices of time, so that the page goes on answering: what has come of it so far is there to be drawn. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Cost, FirstOrder } from "../kernel";
import { Descending, type Descent } from "./descend";

/** Milliseconds of training between two pictures. */
const SLICE = 12;

export interface Asked {
  readonly cost: Cost;
  readonly optimizer: FirstOrder;
  readonly start: Float64Array;
  readonly steps: number;
}

/** Return so many steps of an optimizer, as far as they have been taken; `key` names the training that is asked for. */
export function useDescent(key: string, ask: () => Asked): Descent & { readonly done: boolean } {
  const known = useRef<{ key: string; of: Descending } | null>(null);
  const [, redraw] = useState(0);
  if (known.current?.key !== key) {
    const { cost, optimizer, start, steps } = ask();
    known.current = { key, of: new Descending(cost, optimizer, start, steps) };
  }
  const { of } = known.current;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const slice = (): void => {
      of.go(performance.now() + SLICE);
      redraw((before) => before + 1);
      if (!of.done) timer = setTimeout(slice, 0);
    };
    if (!of.done) slice();
    return () => clearTimeout(timer);
  }, [of]);
  return of;
}
