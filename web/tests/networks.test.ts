/** The chain rule of random networks: the product of its factors, and differences of the cost, against the gradient. */
import { describe, expect, it } from "vitest";
import * as kernel from "../src/kernel";

const SMOOTH = [new kernel.Tanh(), new kernel.Sigmoid(), new kernel.Softplus(), new kernel.GELU(), new kernel.SiLU(), new kernel.Mish()];

function randomNetwork(generator: kernel.Generator): kernel.Network {
  const widths = Array.from({ length: generator.integer(2, 6) }, () => generator.integer(1, 6)), layers: kernel.Layer[] = [];
  for (let at = 0; at + 1 < widths.length; at++) {
    if (at) layers.push(SMOOTH[generator.integer(0, SMOOTH.length)]!);
    layers.push(new kernel.Dense(widths[at]!, widths[at + 1]!, generator.random() < 0.5));
  }
  return new kernel.Network(layers);
}

function randomCost(seed: number): { cost: kernel.Cost; theta: Float64Array } {
  const generator = new kernel.Generator(seed), network = randomNetwork(generator), n = 3;
  const loss = network.outputs === 1 ? new kernel.SigmoidCrossEntropy() : new kernel.SoftmaxCrossEntropy();
  const x = kernel.matrix(n, network.inputs, Float64Array.from({ length: n * network.inputs }, () => generator.normal()));
  const t = Array.from({ length: n }, (_, r) => r % Math.max(2, network.outputs));
  const theta = Float64Array.from({ length: network.size }, () => generator.normal(0, 0.7));
  return { cost: kernel.Cost.of(network, loss, x, t, { penalty: new kernel.Penalty(0, 0.1) }), theta };
}

describe("200 random networks", () => {
  it("have the gradient that differences of the cost have", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { cost, theta } = randomCost(seed), gradient = new Float64Array(theta.length);
      cost.valueAndGradient(theta, gradient);
      const direction = Float64Array.from(theta, (_, p) => Math.cos(p + seed)), h = 1e-3;
      const at = (times: number): number => cost.value(theta.map((of, p) => of + times * h * direction[p]!));
      // Richardson's extrapolation of central differences: the error is of the order of h⁶, and of rounding over h
      const slope = (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * h);
      const expected = gradient.reduce((sum, g, p) => sum + g * direction[p]!, 0);
      expect(Math.abs(slope - expected), `network ${seed}`).toBeLessThan(1e-6 * Math.max(1, kernel.norm(gradient)));
    }
  });

  it("have products with vectors that fit together: <dy, J v> = <Jᵀ dy, v>", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { cost, theta } = randomCost(seed), { network, rows } = cost, generator = new kernel.Generator(seed);
      const outputs = network.forward(theta, rows.x), v = theta.map(() => generator.normal());
      const dz = kernel.matrix(rows.x.rows, network.outputs, outputs.at(-1)!.data.map(() => generator.normal()));
      const forward = network.jvp(theta, outputs, v).data.reduce((sum, of, p) => sum + of * dz.data[p]!, 0);
      const backward = network.backward(theta, outputs, dz, network.zeros()).reduce((sum, of, p) => sum + of * v[p]!, 0);
      expect(Math.abs(forward - backward), `network ${seed}`).toBeLessThan(1e-11 * Math.max(1, Math.abs(forward)));
    }
  });
});

describe("training", () => {
  const network = new kernel.Network([new kernel.Dense(1, 2)]);
  const cost = kernel.Cost.of(network, new kernel.SoftmaxCrossEntropy(), kernel.fromRows([[-1e300], [1e300]]), [0, 1]);

  it("ends where the cost is not finite, with the last parameters of finite cost", () => {
    const passed = [...kernel.epochs(cost, new kernel.GradientDescent(1e100), network.zeros(), { maxEpochs: 50 })];
    expect(passed.at(-1)!.stop).toMatch(/^diverged at step 1 with rate 1e\+100/);
    expect([...passed.at(-1)!.theta].every(Number.isFinite)).toBe(true);
  });

  it("changes nothing that it is given", () => {
    const theta = network.zeros(), optimizer = new kernel.Adam(), state = optimizer.init(theta);
    optimizer.step(kernel.Cost.of(network, new kernel.SoftmaxCrossEntropy(), kernel.fromRows([[-1], [1]]), [0, 1]), theta, state);
    expect([...theta, ...state.mean, ...state.square].every((of) => of === 0)).toBe(true);
  });

  it("refuses what cannot be, in a sentence", () => {
    expect(() => new kernel.Dense(0, 2)).toThrow("Dense needs a positive whole number of inputs, found 0.");
    expect(() => new kernel.Network([new kernel.Dense(2, 3), new kernel.Dense(4, 1)])).toThrow("Dense takes rows of 4 numbers, found rows of 3.");
    expect(() => new kernel.Adam(-1)).toThrow("Adam needs a finite number above zero for its rate, found -1.");
    expect(() => kernel.initialize(network, -1)).toThrow("A seed must be a whole number of at least 0, found -1.");
  });
});
