/** The same row and weight as a program in Python: what this page shows can be computed again there, number for number. */

import type { Network } from "../kernel";
import { Dense } from "../kernel/linear";
import type { Situation } from "./row";
import type { Place } from "./trace";

/** Return the program. */
export function asPython({ network, theta, x, label }: Situation, place: Place): string {
  const classes = [...new Set(["Dense", ...network.layers.map((layer) => layer.name)])].sort();
  const weight = `${place.layer + 1},${place.input < 0 ? "bias" : place.input + 1},${place.output + 1}`;
  return `import numpy as np
from chainrule import Network, SoftmaxCrossEntropy, ${classes.join(", ")}
from chainrule.inspection import find_weight, nudge, paths, trace

network = Network((${layersOf(network)},))
theta = np.array([${Array.from(theta).join(", ")}])
row = trace(network, SoftmaxCrossEntropy(), theta, [${x.join(", ")}], ${label})
weight = find_weight(network, "${weight}")
print(row)
print("chain rule", paths(row, weight).total, "nudged", nudge(row, weight).slope)
`;
}

function layersOf(network: Network): string {
  return network.layers
    .map((layer) =>
      layer instanceof Dense
        ? `Dense(${layer.inputs}, ${layer.outputs}${layer.bias ? "" : ", bias=False"})`
        : `${layer.name}()`,
    )
    .join(", ");
}
