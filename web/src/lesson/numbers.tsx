/** Numbers of the live figures: written as the page writes them, with all their digits beside. */

import type { JSX } from "preact";
import { fixed } from "../playground/format";

/** A number with so many decimals, all digits of which are in `value`. */
export const Exact = ({ value, decimals, k }: { value: number; decimals: number; k?: string }): JSX.Element => (
  <data value={value} data-k={k}>
    {fixed(value, decimals)}
  </data>
);

export const Percent = ({ share }: { share: number }): JSX.Element => (
  <data value={share}>{`${(100 * share).toFixed(1)}\u00a0%`}</data>
);
