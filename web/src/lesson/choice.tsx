/** Buttons of which one is pressed. */

import type { JSX } from "preact";

export interface ChoiceProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
}

export const Buttons = ({ label, names, chosen, onChoose }: ChoiceProps): JSX.Element => (
  <p class="live-buttons" role="group" aria-label={label}>
    {names.map((name, at) => (
      <button type="button" key={name} aria-pressed={at === chosen} onClick={() => onChoose(at)}>{name}</button>
    ))}
  </p>
);
