/** The live figures of the lesson: each takes the place of its still picture, which stays for print and without scripts. */

import { render, type JSX } from "preact";
import { Dense, LeakyReLU, Network, Sigmoid, type Layer } from "../kernel";
import { follow } from "../learn/highlight";
import { ActivationsFigure } from "./activations";
import { BiasFigure, trainedTheta } from "./bias";
import { ConfusionFigure } from "./confusion";
import type { Gaussians, LessonData, Rings } from "./data";
import { DecisionsFigure } from "./decisions";
import { DescentFigure, type Choice } from "./descent";
import { DiagramFigure } from "./diagram";
import { NeuronFigure } from "./neuron";
import { NewtonFigure } from "./newton";
import { OneStepFigure } from "./one_step";
import { PerceptronFigure } from "./perceptron";
import { PlantedFigure } from "./planted";
import { RingsFigure } from "./rings";
import { SizesFigure } from "./sizes";
import { SoftmaxFigure } from "./softmax";
import { SweepFigure } from "./sweep";
import { ThroughFigure } from "./through";
import { UnitsFigure } from "./units";
import { VanishingFigure } from "./vanishing";

/** Of leaky ReLU, as in the text. */
const SLOPE = 0.1;

type Figures = Record<string, JSX.Element>;

function gaussians(part: Gaussians): Figures {
  const network = new Network([new Dense(2, 3)]), choices = [{ name: "one layer", network, start: Float64Array.from(part.start) }];
  return {
    neuron: <NeuronFigure input={part.input} weight={part.weight} />,
    softmax: <SoftmaxFigure start={part.logits} />,
    diagram: <DiagramFigure network={network} theta={trainedTheta(part, true)} part={part} name="d1" />,
    one_step: <OneStepFigure network={network} part={part} />,
    descent: <DescentFigure part={part} choices={choices} rates={[0.001, 1]} range={[10, 1500]} decimals={2} />,
    sweep: <SweepFigure network={network} part={part} />,
    bias: <BiasFigure network={network} part={part} />,
    confusion: <ConfusionFigure network={network} part={part} />,
    perceptron: <PerceptronFigure part={part} />,
    newton: <NewtonFigure network={network} part={part} />,
  };
}

function rings(part: Rings): Figures {
  const one = new Network([new Dense(2, 3)]);
  const choices = [hidden("leaky ReLU", new LeakyReLU(SLOPE), part), hidden("sigmoid", new Sigmoid(), part)];
  const all = [...choices, { name: "one layer", network: one, start: one.zeros() }];
  const shown = [
    { name: "sigmoid", layer: new Sigmoid(), ys: [0, 0.5, 1] },
    { name: "leaky ReLU", layer: new LeakyReLU(SLOPE), ys: [-1, 0, 1, 2, 3, 4] },
  ];
  return {
    rings: <RingsFigure part={part} />,
    activations: <ActivationsFigure shown={shown} />,
    hidden_diagram: <DiagramFigure network={choices[0]!.network} theta={Float64Array.from(part.theta)} part={part} name="d2" />,
    costs: <DescentFigure part={part} choices={all} rates={[0.0005, 0.05]} range={[40, 600]} decimals={1} />,
    decisions: <DecisionsFigure part={part} choices={choices} />,
    units: <UnitsFigure part={part} choices={choices} />,
    through: <ThroughFigure network={choices[0]!.network} part={part} />,
    momentum: <DescentFigure part={part} choices={[choices[1]!]} rates={[0.0005, 0.05]} range={[40, 600]} decimals={1} momentum={0.9} />,
    planted: <PlantedFigure part={part} start={choices[0]!.start} />,
    vanishing: <VanishingFigure part={part} />,
    useful: <SizesFigure part={part} />,
  };
}

/** Return the network with three hidden neurons, and its start: the weights of the text, and biases of zero. */
function hidden(name: string, activation: Layer, { start: [first, second] }: Rings): Choice {
  const network = new Network([new Dense(2, 3), activation, new Dense(3, 3)]), start = network.zeros(), views = network.views(start);
  views[0]!["weights"]!.set(first);
  views[2]!["weights"]!.set(second);
  return { name, network, start };
}

/** Pictures that stay, because the live figure below them shows something else. */
const KEPT: readonly string[] = ["softmax"];
/** Figures that compute much before they are first drawn: they come one by one, once the page is there. */
const LATER: readonly string[] = ["sweep", "confusion", "perceptron", "newton", "rings", "decisions", "planted", "vanishing", "useful"];

/** Put a live figure where the page has the still one of this name. */
function place(name: string, figure: JSX.Element): void {
  const still = document.querySelector(`[data-figure="${name}"]`);
  if (!still) return;
  const live = document.createElement("div");
  live.className = "live";
  still.append(live);
  const show = (): void => {
    if (!KEPT.includes(name)) still.classList.add("answers");
    render(figure, live);
  };
  if (LATER.includes(name)) waiting.push(show);
  else show();
}

const waiting: (() => void)[] = [];
function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setTimeout(next);
}

const { part1, part2 } = JSON.parse(document.getElementById("lesson-data")!.textContent!) as LessonData;
const figures: Figures = { ...(part1 && gaussians(part1)), ...(part2 && rings(part2)) };
for (const [name, figure] of Object.entries(figures)) place(name, figure);
addEventListener("load", () => setTimeout(next));

// Terms of formulas that have a key can be gone through with the arrow keys, once the formula has the focus.
for (const formula of document.querySelectorAll<HTMLElement>(".formula:has([data-k])")) {
  formula.classList.add("learn-formula");
  formula.tabIndex = 0;
  formula.setAttribute("role", "group");
  formula.setAttribute("aria-label", "Formula: the arrow keys go from term to term");
}
follow(document.querySelector("main")!);
