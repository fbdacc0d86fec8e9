/** The biases to drag: the boundaries move, and the points that they put on the wrong side are counted. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Dense, GradientDescent, Network } from "../kernel";
import { fixed, percent } from "../playground/format";
import { accuracyOf, CLASSES, confusion, costOf, type Gaussians } from "./data";
import { descend } from "./descend";
import { Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { Slider } from "./slider";

/** The largest bias without its sign: there a class has lost all points, or won them. */
const MOST = 8;
/** Of a bias; less cannot be seen on the map. */
const STEP = 0.01;

/** Return the parameters after the training of the text, with a bias or without one, its bias then zero. */
export function trainedTheta(part: Gaussians, bias: boolean): Float64Array {
  const network = new Network([new Dense(2, 3, bias)]), start = Float64Array.from(part.start).subarray(0, network.size);
  const trained = descend(costOf(network, part), new GradientDescent(part.rate), start, part.steps).thetas.at(-1)!;
  const theta = new Float64Array(part.start.length);
  theta.set(trained);
  return theta;
}

/** Return the parameters that the text compares, by what they are called. */
export function settingsOf(network: Network, part: Gaussians): Record<string, Float64Array> {
  const trained = trainedTheta(part, true), zeroed = trained.slice();
  zeroed.fill(0, network.layout[0]!["bias"]!.start);
  return { "As trained": trained, "Bias set to zero": zeroed, "Trained without bias": trainedTheta(part, false) };
}

export function BiasFigure({ network, part }: { network: Network; part: Gaussians }): JSX.Element {
  const biases = network.layout[0]!["bias"]!.start;
  const settings = useMemo(() => settingsOf(network, part), [part]);
  const [theta, setTheta] = useState(settings["As trained"]!);
  const counts = confusion(network, theta, part), accuracy = accuracyOf(counts);
  const move = (c: number, to: number): void => setTheta(theta.map((value, p) => (p === biases + c ? to : value)));
  return (
    <>
      <div class="live-sliders">
        {CLASSES.map((name, c) => (
          <Slider
            key={name} label={`Bias of class ${name}`} min={-MOST} max={MOST} step={STEP} at={theta[biases + c]!}
            text={fixed(theta[biases + c]!, 2)} onMove={(to) => move(c, to)}
          />
        ))}
        <p class="live-buttons">
          {Object.entries(settings).map(([name, of]) => (
            <button type="button" key={name} aria-pressed={theta === of} onClick={() => setTheta(of)}>{name}</button>
          ))}
        </p>
      </div>
      <div class="live-panels">
        <div>
          <PlaneMap network={network} theta={theta} part={part} label={`Decision regions with these biases: ${percent(accuracy)} of the points are classified correctly`} />
          <MapKey />
        </div>
        <Confusion counts={counts} />
      </div>
      <p class="live-told" aria-live="polite">Points classified correctly: <strong><Percent share={accuracy} /></strong></p>
    </>
  );
}

function Confusion({ counts }: { counts: readonly (readonly number[])[] }): JSX.Element {
  return (
    <table class="live-counts">
      <caption>Points of each class by the class they are given</caption>
      <thead>
        <tr><th scope="col">true</th>{CLASSES.map((name) => <th scope="col" key={name}>as {name}</th>)}</tr>
      </thead>
      <tbody>
        {counts.map((row, c) => (
          <tr key={c}>
            <th scope="row">{CLASSES[c]}</th>
            {row.map((count, d) => <td key={d} class={c === d ? "right" : count > 0 ? "wrong" : ""}>{count}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
