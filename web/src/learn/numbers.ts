/** Numbers as the page shows them. */

// Digits that numbers are shown with.
const DIGITS = 4;
const RAISED: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** Return a number as the page shows it. */
export function shown(value: number, digits = DIGITS): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : String(value);
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power < -4 || power > 6) return withPower(value, 1);
  const text = value.toFixed(Math.max(0, digits - 1 - power));
  return (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace("-", "−");
}

/** Return a number that may stand in a product. */
export const bracketed = (value: number): string => (value < 0 ? `(${shown(value)})` : shown(value));
/** Return a product of two numbers as text. */
export const product = (a: number, b: number): string => `${bracketed(a)} · ${bracketed(b)}`;
/** Return a number as a mantissa with so many decimals and a power of ten. */
function withPower(value: number, decimals: number): string {
  const [mantissa = "", exponent = ""] = value.toExponential(decimals).split("e");
  return `${mantissa.replace("-", "−")}·${powerOfTen(Number(exponent))}`;
}

/** Return a power of ten, its exponent raised. */
export const powerOfTen = (exponent: number): string => `10${[...String(exponent)].map((digit) => RAISED[digit]).join("")}`;

/** Return a number for a narrow place: with two decimals, or two digits where it is small, or one where it is tiny. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size >= 9.995) return shown(Math.round(10 * value) / 10, 3);
  if (size >= 0.095 || size === 0 || !Number.isFinite(value)) return size === 0 ? "0" : value.toFixed(2).replace("-", "−");
  return size < 0.000995 ? withPower(value, 0) : shown(value, 2);
}
