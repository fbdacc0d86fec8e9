/** Buttons, sliders, fields and choices, each with a name for screen readers and for the keyboard. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { short } from "./format";

/** Paths of icons in a square of 16. */
const ICONS = {
  play: "M4 2.5v11l9.5-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  restart: "M3 2.5h2v11H3zM13.5 2.5v11L5.5 8z",
  epoch: "M3 2.5v11L10.5 8zM11 2.5h2v11h-2z",
  minus: "M3 7.2h10v1.6H3z",
  plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2z",
  again: "M8 2.4a5.6 5.6 0 1 0 5.5 6.6h-1.7A4 4 0 1 1 8 4c1.1 0 2.1.5 2.8 1.2L8.8 7.2H14V2l-2 2A5.6 5.6 0 0 0 8 2.4z",
} as const;
export type IconName = keyof typeof ICONS;

export const Icon = ({ name }: { name: IconName }): JSX.Element => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={ICONS[name]} fill="currentColor" />
  </svg>
);

interface ButtonProps {
  onClick: () => void;
  label?: string;
  icon?: IconName;
  kind?: "plain" | "main" | "small";
  disabled?: boolean;
  pressed?: boolean;
  title?: string;
  id?: string;
  children?: ComponentChildren;
}

export function Button({ onClick, label, icon, kind = "plain", disabled, pressed, title, id, children }: ButtonProps): JSX.Element {
  return (
    <button type="button" id={id} class={`button ${kind}`} onClick={onClick} disabled={disabled} aria-label={label} aria-pressed={pressed} title={title ?? label}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  onInput: (value: number) => void;
  shown?: string;
  disabled?: boolean;
}

export function Slider({ label, value, min, max, step, onInput, shown, disabled }: SliderProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <output class="value">{shown ?? short(value)}</output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        aria-valuetext={shown}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </div>
  );
}

interface SelectProps<T extends string | number> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  hidden?: boolean;
  disabled?: boolean;
}

/** A choice of one; `hidden` leaves its label to screen readers. */
export function Select<T extends string | number>({ label, value, options, onChange, hidden, disabled }: SelectProps<T>): JSX.Element {
  const id = useId();
  return (
    <div class={hidden ? "select bare" : "select"}>
      <label for={id} class={hidden ? "unseen" : undefined}>
        {label}
      </label>
      <select
        id={id}
        disabled={disabled}
        value={String(value)}
        onChange={(event) => onChange(options[event.currentTarget.selectedIndex]![0])}
      >
        {options.map(([option, text]) => (
          <option key={String(option)} value={String(option)}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface NumberFieldProps {
  label: string;
  value: number;
  min?: number;
  max?: number;
  whole?: boolean;
  onChange: (value: number) => void;
  hidden?: boolean;
  digits?: number;
}

/** A number to type; what is not one, or out of its range, is put back. */
export function NumberField({ label, value, min = -Infinity, max = Infinity, whole, onChange, hidden, digits = 6 }: NumberFieldProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const text = whole ? String(value) : String(Number(value.toPrecision(digits)));
  // what is being typed is not overwritten by a number that changes meanwhile
  const typing = useRef<string | null>(null);
  const take = (): void => {
    typing.current = null;
    const typed = Number(input.current!.value.replace("\u2212", "-"));
    const fits = input.current!.value.trim() !== "" && Number.isFinite(typed) && typed >= min && typed <= max && (!whole || Number.isInteger(typed));
    if (!fits) input.current!.value = text;
    else if (typed !== Number(text)) onChange(typed);
  };
  return (
    <div class={hidden ? "number bare" : "number"}>
      <label for={id} class={hidden ? "unseen" : undefined}>
        {label}
      </label>
      <input
        ref={input}
        id={id}
        inputMode="decimal"
        value={typing.current ?? text}
        onInput={(event) => (typing.current = event.currentTarget.value)}
        onBlur={() => (typing.current = null)}
        onChange={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
        }}
      />
    </div>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  disabled?: boolean;
}

/** A few choices side by side, of which one holds: a group of radio buttons. */
export function Segments<T extends string>({ label, value, options, onChange, disabled }: SegmentsProps<T>): JSX.Element {
  const name = useId();
  return (
    <fieldset class="segments" disabled={disabled}>
      <legend class="unseen">{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
