/** What the quantities of the chain are called, and the key that ties a number to its places on the page. */

/** One colour for each: `--q-` and this is the name of the colour in the style sheet. */
export type Quantity = "x" | "w" | "z" | "h" | "y" | "t" | "loss" | "g";

export interface Name {
  /** Such as `a` or `h`; `loss` is a word. */
  readonly letter: string;
  /** Number of the layer, or nothing. */
  readonly layer: string;
  readonly quantity: Quantity;
}

export const X: Name = { letter: "x", layer: "", quantity: "x" };
export const Z: Name = { letter: "z", layer: "", quantity: "z" };
export const Y: Name = { letter: "y", layer: "", quantity: "y" };
export const T: Name = { letter: "t", layer: "", quantity: "t" };
export const LOSS: Name = { letter: "loss", layer: "", quantity: "loss" };

/** Return a name as text, as the ledger prints it: `h1`, or of one of its numbers, `h1[2]`. */
export function named(name: Name, ...place: readonly number[]): string {
  const index = place.length === 0 ? "" : `[${place.map((each) => each + 1).join(",")}]`;
  return `${name.letter}${name.layer}${index}`;
}

/** Return the name of a derivative as text, such as `∂loss/∂h1[2]`. */
export function slopeNamed(of: string, by: string): string {
  return `∂${of}/∂${by}`;
}

/** The key of a number; the same on everything that shows it. Names hold no spaces, so a key is one word. */
export type Key = string;
