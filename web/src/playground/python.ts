/** What the page computed, as a Python program that gives the same numbers: same rows, seeds, steps. */

import type { State as OptimizerState } from "../kernel";
import type { LogEntry } from "./messages";
import { activationOf, KEPT } from "./model";
import type { DataSettings, Dataset, Feature, NetworkSpec, OptimizerName, TrainingSettings } from "./store";

export interface Computed {
  data: Dataset;
  settings: DataSettings;
  edited: boolean;
  spec: NetworkSpec;
  training: TrainingSettings;
  log: readonly LogEntry[];
  /** Whether the user's rows may stand in the program. */
  withRows: boolean;
}

const FEATURE_CODE: Readonly<Record<Feature, string>> = {
  "x1²": "x[:, 0] ** 2",
  "x2²": "x[:, 1] ** 2",
  "x1·x2": "x[:, 0] * x[:, 1]",
  "sin x1": "np.sin(x[:, 0])",
  "sin x2": "np.sin(x[:, 1])",
};

const list = (numbers: ArrayLike<number>): string => `[${Array.from(numbers).join(", ")}]`;

function rowsCode({ data, settings, edited, withRows }: Computed): string[] {
  const lesson = !edited && data.kind === settings.kind && settings.classes === 3;
  if (lesson && settings.kind === "gaussians" && settings.rows === 60 && settings.noise === 0.8 && settings.seed === 0)
    return ["x, t = cr.datasets.three_gaussians()", "t = t.argmax(axis=1)"];
  if (lesson && settings.kind === "rings" && settings.rows === 150 && settings.noise === 0.2)
    return [`(x, t), _, _ = cr.datasets.three_rings(${settings.seed})`, "t = t.argmax(axis=1)"];
  if (data.kind === "own" && !withRows)
    return [
      `x = ...  # your rows (${data.rows}, ${data.columns.length}), encoded as the page has them`,
      `t = ...  # their classes, 0 to ${data.classes.length - 1}`,
    ];
  const d = data.columns.length;
  const rows = Array.from({ length: data.rows }, (_, row) => `    ${list(data.x.subarray(row * d, (row + 1) * d))},`);
  return ["x = np.array([", ...rows, "])", `t = np.array(${list(data.labels)})`];
}

function networkCode(spec: NetworkSpec, inputs: number, classes: number): string {
  const bias = spec.bias === "off" ? ", bias=False" : "";
  const parts: string[] = [];
  let width = inputs;
  for (const { units, activation } of spec.hidden) {
    parts.push(`cr.Dense(${width}, ${units}${bias})`, `cr.${activationOf(activation).name}()`);
    width = units;
  }
  parts.push(`cr.Dense(${width}, ${classes}${bias})`);
  return `network = cr.Network((${parts.join(", ")}${parts.length === 1 ? "," : ""}))`;
}

function rateCode({ schedule, rate, every }: TrainingSettings): string {
  if (schedule === "exponential") return `cr.ExponentialDecay(${rate}, factor=${KEPT.exponential}, every=${every})`;
  if (schedule === "step") return `cr.StepDecay(${rate}, factor=${KEPT.step}, every=${every})`;
  if (schedule === "inverse") return `cr.InverseTimeDecay(${rate}, every=${every})`;
  if (schedule === "cosine") return `cr.CosineDecay(${rate}, iterations=${every})`;
  return String(rate);
}

function optimizerCode(training: TrainingSettings): string {
  const rate = `rate=${rateCode(training)}`;
  const made = {
    gradient_descent: `cr.GradientDescent(${rate})`,
    momentum: `cr.Momentum(${rate})`,
    nesterov: `cr.Momentum(${rate}, nesterov=True)`,
    rmsprop: `cr.RMSprop(${rate})`,
    adam: `cr.Adam(${rate})`,
  }[training.optimizer];
  return training.l1 > 0 ? `cr.Proximal(${made})` : made;
}

function costCode({ l1, l2 }: TrainingSettings): string {
  const penalty = l1 || l2 ? `, penalty=cr.Penalty(l1=${l1}, l2=${l2})` : "";
  return `cost = cr.Cost.of(network, cr.SoftmaxCrossEntropy(), x[trained_on], t[trained_on]${penalty})`;
}

/** The optimizer's state as Python has it. */
function stateCode(optimizer: OptimizerName, { iteration, mean, square }: OptimizerState): string {
  const [m, v] = [mean, square].map((numbers) => `np.array(${list(numbers)})`);
  return {
    gradient_descent: String(iteration),
    momentum: `cr.Momentum.state_type(${iteration}, ${m})`,
    nesterov: `cr.Momentum.state_type(${iteration}, ${m})`,
    rmsprop: `cr.RMSprop.state_type(${iteration}, ${v})`,
    adam: `cr.Adam.state_type(${iteration}, ${m}, ${v})`,
  }[optimizer];
}

/** Go on from numbers that the program does not compute: of a link, of one example, of a half epoch. */
function resumeCode({ theta, resume, training }: LogEntry & { did: "resume" }): string[] {
  const { bits, left } = resume.order;
  return [
    `theta = np.array(${list(theta)})`,
    `state = ${stateCode(training.optimizer, resume.optimizer)}`,
    costCode(training),
    `generator = np.random.default_rng(${training.seed})`,
    "order = generator.bit_generator.state",
    `order["state"]["state"], order["has_uint32"], order["uinteger"] = 0x${bits}, ${left === null ? 0 : 1}, ${left ?? 0}`,
    "generator.bit_generator.state = order",
  ];
}

function eventCode(event: LogEntry, before: TrainingSettings | null): string[] {
  if (event.did === "edit") return [`theta = theta.copy()`, `theta[${event.index}] = ${event.value}`];
  if (event.did === "resume") return resumeCode(event);
  const { training, epochs } = event;
  const lines: string[] = [];
  if (!before || before.l1 !== training.l1 || before.l2 !== training.l2) lines.push(costCode(training));
  if (!before || before.seed !== training.seed) lines.push(`generator = np.random.default_rng(${training.seed})`);
  const state = event.sameState ? ", state=state" : "";
  const batches = training.batch ? `, batch_size=${training.batch}, random_state=generator` : "";
  lines.push(
    `for epoch in cr.epochs(cost, ${optimizerCode(training)}, theta, max_epochs=${epochs}${batches}${state}):`,
    "    theta, state = epoch.theta, epoch.state",
  );
  return lines;
}

export function pythonProgram(computed: Computed): string {
  const { data, spec, log } = computed;
  const held = Array.from(data.heldOut).flatMap((flag, row) => (flag ? [row] : []));
  const features = data.columns.length === 2 ? spec.features : [];
  const lines = [
    '"""Repeats in Python what the playground computed: the same rows, network, seeds and steps."""',
    "",
    "import numpy as np",
    "",
    "import chainrule as cr",
    "",
    ...rowsCode(computed),
    ...(features.length ? [`x = np.column_stack([x, ${features.map((feature) => FEATURE_CODE[feature]).join(", ")}])`] : []),
    "trained_on = np.ones(len(x), bool)",
    `trained_on[${list(held)}] = False`,
    networkCode(spec, data.columns.length + features.length, data.classes.length),
    `theta = cr.initialize(network, ${spec.seed}, initializer="${spec.initializer}")`,
  ];
  let before: TrainingSettings | null = null;
  for (const event of log) {
    lines.push(...eventCode(event, before));
    if (event.did !== "edit") before = event.training;
  }
  if (!before) lines.push(costCode(computed.training));
  if (spec.bias === "zeroed") lines.push("for layer in network.views(theta):", '    layer.get("bias", np.zeros(0))[...] = 0');
  lines.push(
    'print("cost", cost.value(theta))',
    "right = network.forward(theta, x)[-1].argmax(axis=1) == t",
    'print("accuracy", right[trained_on].mean())',
    ...(held.length ? ['print("held-out accuracy", right[~trained_on].mean())'] : []),
  );
  return `${lines.join("\n")}\n`;
}
