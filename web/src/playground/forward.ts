/** The numbers of one point on its way through the network, computed in the page as it is dragged. */

import { computed } from "@preact/signals";
import { matrix } from "../kernel";
import { plane } from "./actions";
import { LOSS, networkOf, withFeatures } from "./model";
import { inUse } from "./parameters";
import * as store from "./store";
import { inputsAt } from "./view";

/** The network of the page, as the kernel has it. */
export const network = computed(() => networkOf(store.spec.value, store.widths.value[0]!, store.data.value.classes.length));

/** As it is told: outputs of the inputs, of each hidden layer after its activation, and of the logits, at the probe. */
export const atProbe = computed(() => {
  const { theta } = store.told.value;
  if (theta.length !== network.value.size) return null;
  const row = store.selectedRow.value;
  const { columns, x } = store.data.value;
  const d = columns.length;
  const [u, v] = store.probe.value;
  // a row that is chosen goes through as it is, not as its shadow on the plane
  const inputs = row === null ? inputsAt(plane.value, u, v) : x.slice(row * d, (row + 1) * d);
  const rows = withFeatures(inputs, d, store.spec.value.features);
  const outputs = network.value.forward(inUse(theta, store.widths.value, store.spec.value.bias), rows);
  const z = outputs.at(-1)!;
  const layers = outputs.filter((_, i) => i === 0 || i === outputs.length - 1 || network.value.layers[i - 1]!.name !== "Dense");
  return {
    inputs,
    layers: layers.map((output) => Array.from(output.data)),
    probabilities: LOSS.activation.forward({}, matrix(1, z.columns, z.data.slice())).data,
  };
});
