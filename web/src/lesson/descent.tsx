/** A descent to drag: the rate of its steps, what they are taken with, and how many of them. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { GradientDescent, Momentum, type Network } from "../kernel";
import { Canvas } from "../playground/canvas";
import { colors, type Palette } from "../playground/colors";
import { drawPlot, type Curve } from "../playground/draw_curves";
import { percent } from "../playground/format";
import { accuracyOf, confusion, costOf, type Part } from "./data";
import { descend, type Descent } from "./descend";
import { Exact, Percent } from "./numbers";
import { MapKey, PlaneMap } from "./plane_map";
import { RateSlider, Slider } from "./slider";

/** With more the velocity outlives the training. */
const MOST_MOMENTUM = 0.99;

/** A network and where its training starts. */
export interface Choice {
  readonly name: string;
  readonly network: Network;
  readonly start: Float64Array;
}

export interface DescentProps {
  readonly part: Part;
  /** The networks to choose from, the first one first. */
  readonly choices: readonly Choice[];
  /** The lowest and the highest rate. */
  readonly rates: readonly [number, number];
  /** The lowest and the highest cost that is drawn. */
  readonly range: readonly [number, number];
  /** Of the cost, as the text has it. */
  readonly decimals: number;
  /** The momentum to begin with; without it the steps are plain. */
  readonly momentum?: number;
}

interface Setting {
  readonly choice: number;
  readonly rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

export function DescentFigure(props: DescentProps): JSX.Element {
  const { part, choices } = props;
  const first: Setting = { choice: 0, rate: part.rate, momentum: props.momentum ?? 0, nesterov: false };
  const [setting, set] = useState(first);
  const [asked, setStep] = useState(part.steps);
  const { network } = choices[setting.choice]!;
  const plain = useMemo(() => trained(props, { ...first, choice: setting.choice, momentum: 0 }), [setting.choice]);
  const found = useMemo(() => trained(props, setting), [setting]);
  const step = Math.min(asked, found.thetas.length - 1), theta = found.thetas[step]!;
  const accuracy = useMemo(() => accuracyOf(confusion(network, theta, part)), [network, theta]);
  const draw = (context: CanvasRenderingContext2D, width: number, height: number): void => {
    const curves = [curveOf(plain, colors.value, true), curveOf(found, colors.value, false)];
    drawPlot(context, width, height, { curves, range: props.range, logarithmic: true, mark: step }, colors.value);
  };
  const at = (k: number): string => found.costs[k]!.toFixed(props.decimals), right = percent(accuracy);
  return (
    <>
      <Settings {...props} setting={setting} step={step} onSet={set} onStep={setStep} onBack={() => { set(first); setStep(part.steps); }} />
      <div class="live-panels">
        <div>
          <p class="live-title">Cost over steps</p>
          <Canvas class="live-plot" draw={draw} label={`The cost over the steps, with rate ${setting.rate}: ${at(0)} at the start, ${at(step)} after step ${step}`} />
        </div>
        <div>
          <p class="live-title">The plane after step {step}</p>
          <PlaneMap network={network} theta={theta} part={part} label={`Decision regions after step ${step} with rate ${setting.rate}: ${right} of the points are classified correctly`} />
          <MapKey />
        </div>
      </div>
      <p class="live-told" aria-live="polite">
        Cost after step {step}: <strong><Exact value={found.costs[step]!} decimals={props.decimals} /></strong>
        {" · "}points classified correctly: <strong><Percent share={accuracy} /></strong>
        <span class="live-key">
          The dashed curve has rate {part.rate}{props.momentum === undefined ? "" : " and no momentum"}. The scale of the cost is logarithmic.
        </span>
      </p>
    </>
  );
}

function trained({ part, choices }: DescentProps, { choice, rate, momentum, nesterov }: Setting): Descent {
  const { network, start } = choices[choice]!;
  const optimizer = momentum > 0 ? new Momentum(rate, momentum, nesterov) : new GradientDescent(rate);
  return descend(costOf(network, part), optimizer, start, part.steps);
}

interface SettingsProps extends DescentProps {
  readonly setting: Setting;
  readonly step: number;
  readonly onSet: (setting: Setting) => void;
  readonly onStep: (step: number) => void;
  readonly onBack: () => void;
}

function Settings({ part, choices, rates, momentum, setting, step, onSet, onStep, onBack }: SettingsProps): JSX.Element {
  const change = (changed: Partial<Setting>): void => onSet({ ...setting, ...changed });
  return (
    <div class="live-sliders">
      {choices.length > 1 && (
        <p class="live-buttons" role="group" aria-label="Network">
          {choices.map(({ name }, choice) => (
            <button type="button" key={name} aria-pressed={choice === setting.choice} onClick={() => change({ choice })}>{name}</button>
          ))}
        </p>
      )}
      <RateSlider rates={rates} rate={setting.rate} onMove={(rate) => change({ rate })} />
      {momentum !== undefined && (
        <Slider
          label="Momentum" min={0} max={MOST_MOMENTUM} step={0.01} at={setting.momentum} text={setting.momentum.toFixed(2)}
          onMove={(of) => change({ momentum: of })}
        />
      )}
      <Slider label="Step" min={0} max={part.steps} step={1} at={step} text={String(step)} onMove={onStep} />
      <p class="live-buttons">
        <button type="button" onClick={onBack}>Reset</button>
        {momentum !== undefined && (
          <button type="button" aria-pressed={setting.nesterov} onClick={() => change({ nesterov: !setting.nesterov })}>Nesterov's form</button>
        )}
      </p>
    </div>
  );
}

const curveOf = ({ costs }: Descent, palette: Palette, dashed: boolean): Curve => ({
  color: dashed ? palette.soft : palette.accent, dashed, width: dashed ? 1.3 : 2.2, length: costs.length, at: (i) => [i, costs[i]!],
});
