/** Play, pause and step: the bar that stays at the top. */

import type { JSX } from "preact";
import * as act from "./actions";
import { Button, Select } from "./controls";
import { whole } from "./format";
import * as store from "./store";

const SPEEDS: readonly (readonly [number, string])[] = [
  [2, "2 epochs a second"],
  [10, "10 epochs a second"],
  [30, "30 epochs a second"],
  [60, "60 epochs a second"],
  [0, "as fast as it can"],
];

export function Transport(): JSX.Element {
  const running = store.mode.value === "running";
  return (
    <div class="transport" role="group" aria-label="Training">
      <Button icon="restart" label="Back to the same start" onClick={act.restart} />
      <Button id="play" kind="main" icon={running ? "pause" : "play"} label={running ? "Pause" : "Play"} onClick={act.playOrPause} />
      <Button icon="epoch" label="One epoch" onClick={act.oneEpoch} />
      <Button onClick={act.exampleStep} title="One example at a time: forward, backward, update">
        <ExampleSteps />
      </Button>
      <span class="count">
        <span class="note">Epoch</span> <output id="epoch">{whole(store.told.value.epoch)}</output>
      </span>
      <Select label="Speed" hidden value={store.training.value.speed} options={SPEEDS} onChange={(speed) => act.setTraining({ speed })} />
    </div>
  );
}

/** The three steps of an example, with the next one marked. */
function ExampleSteps(): JSX.Element {
  const example = store.example.value;
  const next = example?.phase === "forward" ? "backward" : example?.phase === "backward" ? "update" : "forward";
  return (
    <span class="steps">
      <span class="unseen">One example, next step:</span>
      {(["forward", "backward", "update"] as const).map((phase) => (
        <span key={phase} class={phase === next ? "next" : undefined} aria-hidden={phase !== next}>
          {phase}
        </span>
      ))}
    </span>
  );
}
