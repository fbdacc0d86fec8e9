/** A number to drag, with its name and how it is written. */

import type { ComponentChildren, JSX } from "preact";

export interface SliderProps {
  /** The name in words, for those who cannot see the symbol. */
  label: string;
  symbol?: ComponentChildren;
  min: number;
  max: number;
  step: number;
  /** Where the handle stands. */
  at: number;
  /** The number as it is written. */
  text: string;
  onMove: (at: number) => void;
}

export function Slider({ label, symbol, min, max, step, at, text, onMove }: SliderProps): JSX.Element {
  return (
    <label class="live-slider">
      <span>
        {label} {symbol && <span aria-hidden="true">{symbol}</span>}
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={at}
        aria-valuetext={text}
        onInput={(event) => onMove(Number(event.currentTarget.value))}
      />
      <output aria-hidden="true">{text}</output>
    </label>
  );
}
