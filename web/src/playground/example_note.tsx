/** What the last step of an example did, in words and numbers. */

import type { JSX } from "preact";
import { percent, short } from "./format";
import * as store from "./store";

export function ExampleNote(): JSX.Element | null {
  const example = store.example.value;
  if (!example) return null;
  const data = store.data.value;
  const label = data.labels[example.row]!;
  const name = data.classes[label];
  return (
    <p class="example-note" role="status">
      <b>Row {example.row + 1}</b> of class {name}.{" "}
      {example.phase === "forward" && (
        <>
          <b>Forward</b>: each unit shows its output. The network gives {name} a probability of {percent(example.probabilities[label])}, so the loss is{" "}
          −log {short(example.probabilities[label])} = {short(example.loss)}.
        </>
      )}
      {example.phase === "backward" && (
        <>
          <b>Backward</b>: the lines are now the gradient of the loss, green above zero and purple below. The largest is{" "}
          {short(example.gradient!.reduce((most, g) => (Math.abs(g) > Math.abs(most) ? g : most), 0))}.
        </>
      )}
      {example.phase === "update" && (
        <>
          <b>Update</b>: each weight has moved against its gradient, by the optimizer's rule. The next step takes the next row.
        </>
      )}
    </p>
  );
}
