/** The formulas of activations and losses, as `chainrule.layers` and `chainrule.losses` write them; a test compares. */

export interface ActivationFormulas {
  /** Of `a`. */
  readonly value: string;
  /** Of `a` and the value `h`. */
  readonly slope: string;
  /** What is often written by mistake, each with the letters as above. */
  readonly wrong: readonly string[];
}

export const ACTIVATIONS: Readonly<Record<string, ActivationFormulas>> = {
  identity: { value: "a", slope: "1", wrong: ["a", "0", "-1"] },
  logistic: {
    value: "1 / (1 + exp(-a))",
    slope: "h (1 - h)",
    wrong: ["a (1 - a)", "1 - h", "h", "-h (1 - h)", "h (1 + h)", "1 - h²"],
  },
  tanh: {
    value: "tanh(a)",
    slope: "1 - h²",
    wrong: ["1 - a²", "1 - h", "h (1 - h)", "1 + h²", "2 (1 - h²)", "-(1 - h²)", "1"],
  },
  relu: { value: "max(a, 0)", slope: "1 where a > 0, else 0", wrong: ["1", "h", "a", "0 where a > 0, else 1"] },
  leaky_relu: {
    value: "a where a > 0, else 0.01 a",
    slope: "1 where a > 0, else 0.01",
    wrong: ["1 where a > 0, else 0", "1 where a > 0, else -0.01", "1"],
  },
  elu: {
    value: "a where a > 0, else 1 (exp(a) - 1)",
    slope: "1 where a > 0, else h + 1",
    wrong: ["1 where a > 0, else h", "1 where a > 0, else exp(h)", "h + 1"],
  },
  selu: {
    value: "1.0507 a where a > 0, else 1.7581 (exp(a) - 1)",
    slope: "1.0507 where a > 0, else h + 1.7581",
    wrong: ["1 where a > 0, else h + 1.7581", "1.0507 where a > 0, else h"],
  },
  softplus: {
    value: "log(1 + exp(a))",
    slope: "1 / (1 + exp(-a))",
    wrong: ["1 / (1 + exp(-h))", "1 / (1 + exp(a))", "exp(a)", "h (1 - h)"],
  },
  gelu: { value: "a Φ(a)", slope: "Φ(a) + a Φ'(a)", wrong: ["Φ(a)", "Φ(a) - a Φ'(a)", "Φ(a) + Φ'(a)", "h"] },
  silu: {
    value: "a σ(a)",
    slope: "σ(a) (1 + a σ(-a))",
    wrong: ["σ(a)", "σ(a) (1 - σ(a))", "σ(a) (1 + a)", "h (1 - h)"],
  },
  mish: {
    value: "a tanh(log(1 + exp(a)))",
    slope: "tanh(log(1 + exp(a))) + a σ(a) (1 - tanh²(log(1 + exp(a))))",
    wrong: ["tanh(log(1 + exp(a)))", "tanh(log(1 + exp(a))) + a (1 - tanh²(log(1 + exp(a))))"],
  },
};

/** Names as headings have them. */
export const TITLES: Readonly<Record<string, string>> = {
  identity: "Identity",
  logistic: "Sigmoid",
  tanh: "Tanh",
  relu: "ReLU",
  leaky_relu: "LeakyReLU",
  elu: "ELU",
  selu: "SELU",
  softplus: "Softplus",
  gelu: "GELU",
  silu: "SiLU",
  mish: "Mish",
};
