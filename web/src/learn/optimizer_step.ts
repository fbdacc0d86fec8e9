/** The first step of a weight under each optimizer, as the ledger writes it. */

export interface FirstStep {
  /** With `w` for the weight and `g` for its gradient. */
  readonly formula: string;
  readonly after: number;
}

// The settings that each optimizer has where none are given, as in Python.
const MOMENTUM = 0.9;
const RMSPROP_DECAY = 0.9;
const EPSILON = 1e-8;

/** Return the first step of a weight `w` with gradient `g`: means and velocities start at 0. */
export function firstStep(optimizer: string, rate: number, g: number, w: number): FirstStep {
  switch (optimizer) {
    case "adam":
      return { formula: `w - ${rate} g / (abs(g) + ${EPSILON})`, after: w - (rate * g) / (Math.abs(g) + EPSILON) };
    case "rmsprop": {
      const take = 1 - RMSPROP_DECAY;
      const after = w - (rate * g) / (Math.sqrt(take * g * g) + EPSILON);
      return { formula: `w - ${rate} g / (sqrt(${Number(take.toFixed(6))} g²) + ${EPSILON})`, after };
    }
    case "nesterov":
      return { formula: `w - (1 + ${MOMENTUM}) * ${rate} g`, after: w - (1 + MOMENTUM) * rate * g };
    default:
      return { formula: `w - ${rate} g`, after: w - rate * g };
  }
}
