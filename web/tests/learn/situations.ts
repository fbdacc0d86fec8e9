/** Random networks at random rows. */

import { ACTIVATIONS, type Elementwise, type Layer } from "../../src/kernel/layers";
import { Dense } from "../../src/kernel/linear";
import { SigmoidCrossEntropy, SoftmaxCrossEntropy } from "../../src/kernel/losses";
import { Network } from "../../src/kernel/network";
import { generator, normal } from "../../src/learn/checks";
import type { Situation } from "../../src/learn/row";

const SMOOTH = [
  "Tanh",
  "Sigmoid",
  "Softplus",
  "GELU",
  "SiLU",
  "Mish",
  "ELU",
  "SELU",
  "ReLU",
  "LeakyReLU",
  "Identity",
] as const;

/** A network of random sizes and activations at a random row. */
export function randomSituation(seed: number): Situation {
  const draw = generator(seed);
  const upTo = (most: number): number => 1 + Math.floor(draw() * most);
  const binary = draw() < 0.2;
  const layers: Layer[] = [];
  let width = upTo(5);
  const inputs = width;
  for (let hidden = Math.floor(draw() * 4); hidden > 0; hidden--) {
    const units = upTo(7);
    const made: Elementwise = new ACTIVATIONS[SMOOTH[Math.floor(draw() * SMOOTH.length)]!]();
    layers.push(new Dense(width, units, draw() < 0.8), made);
    width = units;
  }
  const outputs = binary ? 1 : 1 + upTo(4);
  layers.push(new Dense(width, outputs));
  const network = new Network(layers);
  return {
    network,
    loss: binary ? new SigmoidCrossEntropy() : new SoftmaxCrossEntropy(),
    theta: Float64Array.from({ length: network.size }, () => normal(draw)),
    x: Array.from({ length: inputs }, () => normal(draw)),
    label: Math.floor(draw() * (binary ? 2 : outputs)),
  };
}
