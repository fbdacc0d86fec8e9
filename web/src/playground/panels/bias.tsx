/** The tutorial's comparison: biases kept, zeroed after training, and a network trained without them. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import * as act from "../actions";
import { Button, NumberField } from "../controls";
import { percent } from "../format";
import * as store from "../store";
import { ProgressBar } from "./side_runs";

const epochs = signal(100);
const asked = signal(0);

export function BiasPanel(): JSX.Element {
  const progress = act.runs.value[asked.value];
  const [withBias, without] = progress?.results ?? [];
  const compare = (): void => {
    const spec = store.spec.value;
    const training = store.training.value;
    asked.value = act.runTogether(
      [
        { label: "with bias", spec: { ...spec, bias: "on" }, training },
        { label: "without bias", spec: { ...spec, bias: "off" }, training },
      ],
      epochs.value,
    );
  };
  const rows = withBias && without && [
    ["kept", withBias.accuracy, withBias.heldAccuracy],
    ["zeroed after training", withBias.zeroedAccuracy, withBias.zeroedHeldAccuracy],
    ["retrained without", without.accuracy, without.heldAccuracy],
  ] as const;
  return (
    <>
      <p>
        A bias moves the boundary of a unit away from the origin. What is it worth? Train once with biases; set them to zero afterwards; and train
        again without any, from the same seeds.
      </p>
      <div class="row">
        <NumberField label="Epochs" value={epochs.value} min={1} max={5000} whole onChange={(n) => (epochs.value = n)} />
        <Button kind="main" onClick={compare}>
          Compare
        </Button>
        <ProgressBar progress={progress} />
      </div>
      {rows && (
        <table class="bias-table">
          <thead>
            <tr>
              <th scope="col">Biases</th>
              <th scope="col">training accuracy</th>
              <th scope="col">held-out accuracy</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, accuracy, heldAccuracy]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{percent(accuracy)}</td>
                <td>{percent(heldAccuracy)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
