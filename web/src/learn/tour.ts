/** The guided tour and the presets, as data: what each says, and what it sets. */

import type { DataSettings, NetworkSpec, TrainingSettings } from "../playground/store";
import type { Place } from "./trace";

/** What a step sets of the page; what it leaves out stays. */
export interface Setting {
  readonly data?: Partial<DataSettings>;
  readonly network?: Partial<NetworkSpec>;
  readonly training?: Partial<TrainingSettings>;
  /** Epochs to train at once. */
  readonly epochs?: number;
  /** A row, or the one with the largest loss. */
  readonly row?: number | "worst";
  readonly weight?: Place | null;
  /** Factors of the chain that are shown; null for all. */
  readonly factors?: number | null;
  /** The panel to open. */
  readonly panel?: string;
}

export interface TourStep {
  readonly title: string;
  readonly text: string;
  readonly sets: Setting;
}

const FULL_BATCH = {
  optimizer: "gradient_descent",
  rate: 0.3,
  batch: 0,
  schedule: "constant",
  l1: 0,
  l2: 0,
  stopAt: 0,
} as const;
const ONE_LAYER: Partial<NetworkSpec> = { hidden: [], features: [], bias: "on", initializer: "auto", seed: 0 };
const HIDDEN: Partial<NetworkSpec> = { ...ONE_LAYER, hidden: [{ units: 4, activation: "tanh" }] };
const DEEPER: Partial<NetworkSpec> = {
  ...ONE_LAYER,
  hidden: [
    { units: 4, activation: "tanh" },
    { units: 4, activation: "tanh" },
  ],
};

/** Through the lesson: from one layer to two, forward and back. */
export const TOUR: readonly TourStep[] = [
  {
    title: "Points of three classes",
    text: "Each point is a row x of two numbers and has one of three classes. The network has one layer: three perceptrons, one for each class. It has learned nothing yet.",
    sets: {
      data: { kind: "gaussians" },
      network: ONE_LAYER,
      training: FULL_BATCH,
      row: 0,
      weight: { layer: 0, input: 0, output: 0 },
      factors: 0,
      panel: "chain",
    },
  },
  {
    title: "Forward",
    text: "Follow the row from left to right. Each logit z is a weighted sum of the inputs plus a bias, and softmax makes the logits z into probabilities y. Point at a number: its places in the picture and in the formulas light up.",
    sets: { factors: 0, panel: "chain" },
  },
  {
    title: "The loss",
    text: "The loss is minus the logarithm of the probability that the true class gets. A network that gives each of three classes a third has a loss of log 3 = 1.0986; one that is certain and right has a loss near 0.",
    sets: { factors: 0, panel: "chain" },
  },
  {
    title: "Backward: the first factor",
    text: "How does the loss change with the probabilities? Only that of the true class counts, and the smaller it is, the steeper the loss: -t / y.",
    sets: { factors: 1, panel: "chain" },
  },
  {
    title: "Backward: the error",
    text: "Times the Jacobian of softmax, that becomes y - t: the prediction minus the truth. The logit of the true class gets a negative gradient, so a step against it raises that logit; all others are lowered.",
    sets: { factors: 2, panel: "chain" },
  },
  {
    title: "The weight",
    text: "The weight multiplies its input, so its gradient is the error times that input. Below, the same slope is found without any derivative: the weight is moved a little, and the loss computed again.",
    sets: { factors: null, panel: "chain" },
  },
  {
    title: "Steps downhill",
    text: "Thirty epochs of gradient descent: each moves all weights a little against the mean gradient of all rows. Probabilities of true classes have grown, and with y near t the gradients have become small.",
    sets: { epochs: 30, factors: null, panel: "chain" },
  },
  {
    title: "Where lines are not enough",
    text: "Rings: no straight line separates them. After a hundred epochs one layer still predicts barely better than chance, and more training will not help.",
    sets: {
      data: { kind: "rings" },
      network: ONE_LAYER,
      training: FULL_BATCH,
      epochs: 100,
      row: 0,
      weight: null,
      factors: null,
      panel: "chain",
    },
  },
  {
    title: "A hidden layer",
    text: "Four hidden units with tanh between. The chain has two more factors: the weights of the last layer, and the slope of tanh, 1 - h². Where a unit is saturated, with h near 1 or -1, that slope is near 0 and lets little through.",
    sets: {
      network: HIDDEN,
      training: { ...FULL_BATCH, optimizer: "adam", rate: 0.03, batch: 16 },
      row: 0,
      weight: null,
      factors: 4,
      panel: "chain",
    },
  },
  {
    title: "All paths",
    text: "With a second hidden layer, a weight of the first reaches the loss by many paths. Each ribbon is one, as wide as the product of the derivatives along it. Green and purple ones have opposite signs and cancel: what is left is the gradient.",
    sets: { network: DEEPER, row: 0, weight: null, factors: null, panel: "chain" },
  },
  {
    title: "Learning the rings",
    text: "A hundred epochs of Adam, and the map shows the rings. This is the row with the largest loss: its gradients are still large, while those of rows that are predicted well have nearly vanished.",
    sets: { epochs: 100, row: "worst", weight: null, factors: null, panel: "chain" },
  },
  {
    title: "Now you: predict",
    text: "Choose before you look: which way does the loss go, by how much, and which weight moves most?",
    sets: { panel: "predict" },
  },
  {
    title: "Now you: compute",
    text: "Fill in the chain number by number. A wrong answer is compared with the usual mistakes, each made with the numbers of this row.",
    sets: { row: "worst", weight: null, panel: "blanks" },
  },
  {
    title: "Break it",
    text: "Type a wrong derivative and find out which check notices. A derivative that is wrong everywhere agrees with itself, and only differences find it.",
    sets: { panel: "derivative" },
  },
  {
    title: "Why backward",
    text: "Multiply the Jacobians in any order and count. Beginning at the loss there are only vectors to carry: that is why the backward pass costs about as much as the forward pass, however many weights there are.",
    sets: { panel: "brackets" },
  },
];

export interface Preset {
  readonly title: string;
  /** What to watch, in a sentence. */
  readonly watch: string;
  readonly sets: Setting;
}

const ADAM = { optimizer: "adam", rate: 0.01, batch: 16, schedule: "constant", l1: 0, l2: 0, stopAt: 0 } as const;
const layers = (count: number, units: number, activation: "tanh" | "relu" | "logistic"): Partial<NetworkSpec> => ({
  ...ONE_LAYER,
  hidden: Array.from({ length: count }, () => ({ units, activation })),
});

export const PRESETS: readonly Preset[] = [
  {
    title: "One line for XOR",
    watch:
      "Without a hidden layer the boundary stays a straight line, and about a third of the points stay wrong, however long it trains.",
    sets: { data: { kind: "xor" }, network: ONE_LAYER, training: ADAM },
  },
  {
    title: "Four units for XOR",
    watch:
      "Look at the maps on the four hidden units: each splits the plane along one line, and together they make the cross.",
    sets: { data: { kind: "xor" }, network: layers(1, 4, "tanh"), training: { ...ADAM, rate: 0.03 } },
  },
  {
    title: "Features in place of layers",
    watch: "With x1² and x2² as inputs, one layer draws the circle: what a hidden layer must learn can also be given.",
    sets: {
      data: { kind: "circles" },
      network: { ...ONE_LAYER, features: ["x1²", "x2²"] },
      training: { ...ADAM, rate: 0.05 },
    },
  },
  {
    title: "Vanishing gradients",
    watch:
      "Compare the gradient sizes of the layers: each logistic layer multiplies by slopes of at most 1/4, so the first layer gets next to nothing.",
    sets: {
      data: { kind: "rings" },
      network: layers(5, 8, "logistic"),
      training: { ...ADAM, optimizer: "gradient_descent", rate: 0.3 },
    },
  },
  {
    title: "The same depth with ReLU",
    watch:
      "Where a rectifier is on, its slope is 1: the gradient reaches the first layer almost as large as it left the last.",
    sets: {
      data: { kind: "rings" },
      network: layers(5, 8, "relu"),
      training: { ...ADAM, optimizer: "gradient_descent", rate: 0.03 },
    },
  },
  {
    title: "All weights zero",
    watch:
      "Every hidden unit computes the same and gets the same gradient, 0, so the units never become different from each other.",
    sets: { data: { kind: "rings" }, network: { ...layers(1, 8, "tanh"), initializer: "zeros" }, training: ADAM },
  },
  {
    title: "Too large a rate",
    watch:
      "The cost jumps up and down and never settles: each step overshoots the valley that it was meant to go down into.",
    sets: {
      data: { kind: "gaussians" },
      network: layers(1, 8, "tanh"),
      training: { ...ADAM, optimizer: "gradient_descent", rate: 30, batch: 0 },
    },
  },
  {
    title: "Overfitting",
    watch:
      "The cost of the training rows goes on falling while that of the held-out rows turns and rises: the network learns the noise.",
    sets: {
      data: { kind: "moons", rows: 80, noise: 0.4, heldOut: 0.5 },
      network: layers(2, 16, "tanh"),
      training: ADAM,
    },
  },
  {
    title: "A penalty on weights",
    watch:
      "The same noisy moons with a penalty on weights: the boundary stays smooth, and the held-out cost stays low.",
    sets: {
      data: { kind: "moons", rows: 80, noise: 0.4, heldOut: 0.5 },
      network: layers(2, 16, "tanh"),
      training: { ...ADAM, l2: 0.01 },
    },
  },
  {
    title: "Two spirals",
    watch:
      "For a few hundred epochs hardly anything seems to happen; then the arms of the spirals come apart within a few more.",
    sets: { data: { kind: "spirals" }, network: layers(2, 16, "tanh"), training: { ...ADAM, rate: 0.03 } },
  },
];
