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

/** Places of the rate's slider for a factor of ten: neighbours differ by less than 3 percent. */
const PLACES = 100;
const placeOf = (rate: number): number => Math.round(PLACES * Math.log10(rate));
/** Return the rate at a place, with two digits: so each rate of the text has its place. */
const rateAt = (place: number): number => Number((10 ** (place / PLACES)).toPrecision(2));

/** The learning rate, on a logarithmic scale. */
export function RateSlider({ rates, rate, onMove }: { rates: readonly [number, number]; rate: number; onMove: (rate: number) => void }): JSX.Element {
  return (
    <Slider
      label="Learning rate" symbol="η" min={placeOf(rates[0])} max={placeOf(rates[1])} step={1} at={placeOf(rate)}
      text={String(rate)} onMove={(place) => onMove(rateAt(place))}
    />
  );
}
