/** The network: its diagram, what can be chosen of it, and the weights of a unit to be edited. */

import type { JSX } from "preact";
import { computed, signal } from "@preact/signals";
import * as act from "./actions";
import { Canvas, Maps } from "./canvas";
import { colors } from "./colors";
import { Button, NumberField, Segments, Select, Slider } from "./controls";
import { drawUnits, drawWeights, edge, layoutOf, middle, weightAt, type Layout } from "./draw_network";
import { short, whole } from "./format";
import { ExampleNote } from "./example_note";
import { atProbe } from "./forward";
import { parameterCount } from "./parameters";
import * as store from "./store";
import { ACTIVATIONS, FEATURES, INITIALIZERS, type WeightPlace } from "./store";

/** Milliseconds between two drawings of the weights: of their many lines, thirty a second look as if they flowed. */
const BETWEEN_WEIGHTS = 30;
export const MOST_UNITS = 16;
export const MOST_LAYERS = 6;
/** Room at the sides of the diagram for names of inputs and markers of classes. */
const SIDE = 26;
/** Width that a layer takes at least: its choice of activation stands above it. */
const LAYER_WIDTH = 66;

const size = signal<[number, number]>([0, 0]);
const layout = computed<Layout>(() => layoutOf(store.widths.value, size.value[0], size.value[1], SIDE));
/** Whether numbers of the probe are written on the units. */
export const showNumbers = signal(false);

export function NetworkPane(): JSX.Element {
  const spec = store.spec.value;
  const widths = store.widths.value;
  return (
    <section class="pane network" aria-labelledby="network-title">
      <div class="head">
        <h2 id="network-title">Network</h2>
        <span class="note" data-testid="shape">
          {widths.join("–")}, {whole(parameterCount(widths, spec.bias !== "off"))} parameters
        </span>
        <span class="grow" />
        <span class="depth">
          <Button kind="small" icon="minus" label="Remove the last hidden layer" disabled={spec.hidden.length === 0} onClick={() => act.setSpec({ hidden: spec.hidden.slice(0, -1) })} />
          <span class="note">{spec.hidden.length} hidden</span>
          <Button
            kind="small"
            icon="plus"
            label="Add a hidden layer"
            disabled={spec.hidden.length >= MOST_LAYERS}
            onClick={() => act.setSpec({ hidden: [...spec.hidden, spec.hidden.at(-1) ?? { units: 4, activation: "tanh" }] })}
          />
        </span>
      </div>
      <div class="scrolls" tabIndex={-1}>
        <div class="diagram-box" style={{ minWidth: `${widths.length * LAYER_WIDTH}px` }}>
          <LayerHeads />
          <Diagram />
        </div>
      </div>
      <Inspector />
      <NetworkOptions />
    </section>
  );
}

function LayerHeads(): JSX.Element {
  const { hidden } = store.spec.value;
  const change = (at: number, with_: Partial<store.HiddenLayer>): void =>
    act.setSpec({ hidden: hidden.map((layer, i) => (i === at ? { ...layer, ...with_ } : layer)) });
  return (
    <div class="layer-heads">
      <div class="layer-head">Inputs</div>
      {hidden.map((layer, i) => (
        <div class="layer-head" key={i} role="group" aria-label={`Hidden layer ${i + 1}`}>
          <Select
            label={`Activation of hidden layer ${i + 1}`}
            hidden
            value={layer.activation}
            options={ACTIVATIONS.map((name) => [name, name] as const)}
            onChange={(activation) => change(i, { activation })}
          />
          <span class="units">
            <Button kind="small" icon="minus" label={`One unit fewer in hidden layer ${i + 1}`} disabled={layer.units <= 1} onClick={() => change(i, { units: layer.units - 1 })} />
            <span>{layer.units}</span>
            <Button kind="small" icon="plus" label={`One unit more in hidden layer ${i + 1}`} disabled={layer.units >= MOST_UNITS} onClick={() => change(i, { units: layer.units + 1 })} />
          </span>
        </div>
      ))}
      <div class="layer-head">Classes</div>
    </div>
  );
}

/** What both canvases of the diagram show of the network. */
function network() {
  return {
    layout: layout.value,
    widths: store.widths.value,
    theta: store.theta.value,
    bias: store.spec.value.bias !== "off",
    selected: store.selectedWeight.value,
  };
}

function weights(context: CanvasRenderingContext2D, width: number, height: number): void {
  if (size.value[0] !== width || size.value[1] !== height) size.value = [width, height];
  const example = store.example.value;
  drawWeights(context, { ...network(), gradient: example?.phase === "backward" ? example.gradient : null }, colors.value);
}

const maps = new Maps();

function units(context: CanvasRenderingContext2D): void {
  const frame = store.frame.value;
  const example = store.example.value;
  const values = example ? exampleValues(example) : showNumbers.value ? (atProbe.value?.layers ?? null) : null;
  const shown = { maps: frame?.maps ?? [], side: frame?.side ?? 1, unit: store.selectedUnit.value, values };
  drawUnits(context, { ...network(), ...shown }, maps, colors.value);
}

function Diagram(): JSX.Element {
  const choose = (event: MouseEvent): void => {
    const place = weightAt(layout.value, event.offsetX, event.offsetY, store.spec.value.bias !== "off");
    store.selectedWeight.value = place;
    if (place) store.selectedUnit.value = null;
  };
  return (
    <div class="diagram">
      <Canvas pause={BETWEEN_WEIGHTS} draw={weights} label="Diagram of the network; its units and weights are listed as buttons" onClick={choose} />
      <Canvas class="above" draw={units} label={null} />
      <UnitButtons />
      <WeightEditor />
    </div>
  );
}

/** Return the outputs of the layers of an example that the diagram shows: those after activations. */
function exampleValues(example: store.ExampleStep): number[][] {
  const last = example.outputs.length - 1;
  return example.outputs.filter((_, i) => i % 2 === 0 || i === last).map((output) => Array.from(output));
}

/** Transparent buttons over the units: for the keyboard, for screen readers, and for clicks. */
function UnitButtons(): JSX.Element {
  const { boxes, hidden } = layout.value;
  const chosen = store.selectedUnit.value;
  return (
    <>
      {boxes.map((units, layer) =>
        units.map((box, unit) => (
          <button
            key={`${layer}.${unit}`}
            type="button"
            class="unit"
            aria-label={unitName(layer, unit)}
            title={unitName(layer, unit)}
            aria-pressed={chosen?.layer === layer && chosen.unit === unit}
            style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.size}px`, height: `${box.size}px` }}
            onClick={() => {
              store.selectedWeight.value = null;
              store.selectedUnit.value = chosen?.layer === layer && chosen.unit === unit ? null : { layer, unit };
            }}
          />
        )),
      )}
      {hidden[0]! > 0 && <span class="note more">and {hidden[0]} more inputs</span>}
    </>
  );
}

export function inputNames(): string[] {
  return [...store.data.value.columns, ...(store.plane.value ? store.spec.value.features : [])];
}

export function unitName(layer: number, unit: number): string {
  if (layer === 0) return `Input ${inputNames()[unit]}`;
  if (layer === store.widths.value.length - 1) return `Class ${store.data.value.classes[unit]}`;
  return `Hidden layer ${layer}, unit ${unit + 1}`;
}

export function weightName({ layer, input, output }: WeightPlace): string {
  const to = unitName(layer + 1, output);
  return input < 0 ? `Bias of ${to.charAt(0).toLowerCase()}${to.slice(1)}` : `${unitName(layer, input)} → ${to.charAt(0).toLowerCase()}${to.slice(1)}`;
}

/** A field at the weight that was clicked. */
function WeightEditor(): JSX.Element | null {
  const place = store.selectedWeight.value;
  const ends = place && edge(layout.value, place);
  if (!place || !ends) return null;
  const [x, y] = middle(ends);
  void store.told.value;
  const [width] = size.value;
  return (
    <div
      class="weight-editor"
      role="group"
      aria-label={weightName(place)}
      style={{ left: `${Math.min(Math.max(x - 62, 0), Math.max(0, width - 132))}px`, top: `${y + 8}px` }}
    >
      <NumberField hidden label={weightName(place)} value={act.weightValue(place)} onChange={(value) => act.editWeight(place, value)} digits={5} />
      <input
        type="range"
        aria-label={`${weightName(place)}, slider`}
        min={-4}
        max={4}
        step={0.01}
        value={act.weightValue(place)}
        onInput={(event) => act.editWeight(place, Number(event.currentTarget.value))}
      />
    </div>
  );
}

/** The weights into the unit that was chosen, each in a field; or the inputs as sliders. */
function Inspector(): JSX.Element {
  const unit = store.selectedUnit.value;
  const weight = store.selectedWeight.value;
  return (
    <div class="inspector">
      {store.example.value ? <ExampleNote /> : unit && unit.layer > 0 ? <Incoming layer={unit.layer - 1} output={unit.unit} /> : <InputSliders chosen={weight} />}
    </div>
  );
}

function Incoming({ layer, output }: { layer: number; output: number }): JSX.Element {
  void store.told.value;
  const bias = store.spec.value.bias !== "off";
  const count = store.widths.value[layer]!;
  const places = [...(bias ? [-1] : []), ...Array.from({ length: count }, (_, i) => i)].map((input) => ({ layer, input, output }));
  return (
    <>
      <p class="note">
        Weights into <b>{unitName(layer + 1, output)}</b>, whose map is shown large. Type to change them.
      </p>
      <div class="weights">
        {places.map((place) => (
          <NumberField
            key={place.input}
            label={place.input < 0 ? "bias" : layer === 0 ? inputNames()[place.input]! : `unit ${place.input + 1}`}
            value={act.weightValue(place)}
            onChange={(value) => act.editWeight(place, value)}
            digits={4}
          />
        ))}
      </div>
    </>
  );
}

/** Move the point that is looked at along each input. */
function InputSliders({ chosen }: { chosen: WeightPlace | null }): JSX.Element {
  const plane = act.plane.value;
  const [left, right, bottom, top] = plane.extent;
  const probe = store.probe.value;
  const data = store.data.value;
  const row = store.selectedRow.value;
  const written = (axis: 0 | 1): string => short(plane.means[axis] + plane.sds[axis] * probe[axis]);
  const move = (u: number, v: number): void => {
    store.selectedRow.value = null;
    store.probe.value = [u, v];
  };
  const found = atProbe.value;
  return (
    <>
      <p class="note">
        {chosen ? (
          <b>{weightName(chosen)}</b>
        ) : row === null ? (
          "Drag an input or click the map, a unit, a weight or the dot of a bias."
        ) : (
          <>
            Row {row + 1}, class <b>{data.classes[data.labels[row]!]}</b>
            {data.heldOut[row] ? ", held out" : ""}
          </>
        )}
      </p>
      <div class="inputs">
        <Slider label={plane.labels[0]} value={probe[0]} min={left} max={right} step={(right - left) / 200} shown={written(0)} onInput={(u) => move(u, probe[1])} />
        <Slider label={plane.labels[1] || "–"} value={probe[1]} min={bottom} max={top} step={(top - bottom) / 200} shown={written(1)} onInput={(v) => move(probe[0], v)} />
        <label class="check">
          <input type="checkbox" checked={showNumbers.value} onChange={(event) => (showNumbers.value = event.currentTarget.checked)} />
          Numbers on units
        </label>
      </div>
      <span class="unseen" data-testid="probe-probabilities">
        {found ? Array.from(found.probabilities).map(String).join(" ") : ""}
      </span>
    </>
  );
}

function NetworkOptions(): JSX.Element {
  const spec = store.spec.value;
  const plane = store.plane.value;
  return (
    <div class="options">
      <div class="option">
        <span class="name">Bias</span>
        <Segments
          label="Bias"
          value={spec.bias}
          options={[
            ["on", "on"],
            ["off", "off"],
            ["zeroed", "zeroed after training"],
          ]}
          onChange={(bias) => act.setSpec({ bias })}
        />
      </div>
      <Select label="Initialiser" value={spec.initializer} options={INITIALIZERS.map((name) => [name, name.replace("_", " ")] as const)} onChange={(initializer) => act.setSpec({ initializer })} />
      <div class="seed">
        <NumberField label="Seed" value={spec.seed} min={0} max={2 ** 31} whole onChange={(seed) => act.setSpec({ seed })} />
        <Button kind="small" icon="again" label="Draw other starting weights" onClick={() => act.setSpec({ seed: spec.seed + 1 })} />
      </div>
      <fieldset class="features" disabled={!plane} title={plane ? undefined : "Extra features are for data with two columns"}>
        <legend>Extra features</legend>
        {FEATURES.map((feature) => (
          <label key={feature} class="chip">
            <input
              type="checkbox"
              checked={spec.features.includes(feature)}
              onChange={(event) =>
                act.setSpec({ features: FEATURES.filter((f) => (f === feature ? event.currentTarget.checked : spec.features.includes(f))) })
              }
            />
            <span>{feature}</span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}
