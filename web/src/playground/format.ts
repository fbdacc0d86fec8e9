/** Numbers as people read them: a true minus, and no more digits than say something. */

const MINUS = "\u2212";

/** Return a number with so many significant digits; "–" where there is none. */
export function short(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-4 ? size.toExponential(digits - 1).replace("e-", `e${MINUS}`).replace("e+", "e") : plain(size, digits);
  return value < 0 ? MINUS + text : text;
}

function plain(size: number, digits: number): string {
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return size.toFixed(Math.min(decimals, 6));
}

/** Return a number with so many decimals. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toFixed(decimals).replace("-", MINUS);
}

export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined || !Number.isFinite(share) ? "–" : `${(100 * share).toFixed(1)} %`;

export const whole = (value: number): string => value.toLocaleString("en").replaceAll(",", "\u2009");
