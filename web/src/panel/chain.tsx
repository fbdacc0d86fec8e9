/** The chain rule of the row: every number on the way forward, and the gradient of the probability on the way back. */
import { Dense, Elementwise, type Layer, type Matrix } from "../kernel";
import { ClassName, Exact } from "./answers";
import type { PanelState } from "./state";

// Numbers of a layer that are printed; more are counted.
const MOST_NUMBERS = 16;
// By which a number is nudged to check its slope, as a share of its standard deviation.
const NUDGE = 1e-4;

export function ChainRule({ state }: { state: PanelState }) {
  const found = state.chain.value.value;
  if (!found) return null;
  const { network } = state.model, last = network.layers.length;
  return (
    <>
      <p>
        Forward, each layer computes its outputs from those above it. Backward, from the bottom up, the gradient of P(<ClassName state={state} index={state.explained.value} />)
        at each layer is that of the layer below times the layer's Jacobian.
      </p>
      <div class="scroll"><table class="chain">
        <thead><tr><th scope="col">step</th><th scope="col">forward</th><th scope="col">gradient of the probability there</th></tr></thead>
        <tbody>
          <Step name="inputs, standardised" formula="x" values={found.outputs[0]!} gradient={found.gradients[0]!} names={state.model.inputs} />
          {network.layers.map((layer, number) => (
            <Step key={number} name={layerName(layer)} formula={formulaOf(layer, number === last - 1)} values={found.outputs[number + 1]!} gradient={found.gradients[number + 1]!} />
          ))}
        </tbody>
      </table></div>
      <Slopes state={state} gradient={found.gradients[0]!} />
    </>
  );
}

function layerName(layer: Layer): string {
  const of = layer as unknown as { inputs: number | null; outputs?: number };
  return of.outputs ? `${layer.name}, ${of.inputs} to ${of.outputs}` : layer.name;
}

function formulaOf(layer: Layer, last: boolean): string {
  const y = last ? "z" : "y";
  if (layer instanceof Dense) return layer.bias ? `${y} = x W + b` : `${y} = x W`;
  return layer instanceof Elementwise ? "y = f(x), for each number" : `${y}, for each member`;
}

function Step({ name, formula, values, gradient, names }: { name: string; formula: string; values: Matrix; gradient: Matrix; names?: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}<span class="formula-text">{formula}</span></th>
      <td data-head="forward"><Numbers of={values.data} like={values.data} names={names} /></td>
      <td data-head="gradient of the probability there"><Numbers of={gradient.data} like={values.data} names={names} /></td>
    </tr>
  );
}

function Numbers({ of, like, names }: { of: Float64Array; like: Float64Array; names?: readonly string[] | undefined }) {
  // of many inputs, those that are not 0 in the row: a level that it does not have says nothing of it
  const places = [...of.keys()].filter((i) => !names || of.length <= MOST_NUMBERS || like[i] !== 0), shown = places.slice(0, MOST_NUMBERS);
  const left = of.length - shown.length;
  return (
    <>
      {shown.map((i) => <span class="number" key={i}>{names && <span class="name">{names[i]}</span>}<Exact value={of[i]!}>{digits(of[i]!)}</Exact></span>)}
      {left > 0 && <span class="number">{`and ${left} other${left > 1 ? "s" : ""}`}</span>}
    </>
  );
}

export function digits(of: number): string {
  return Number(of.toPrecision(4)).toString().replace("-", "−");
}

/** The slope of the probability along each number, by the chain rule and by a nudge of the number itself. */
function Slopes({ state, gradient }: { state: PanelState; gradient: Matrix }) {
  const lines = state.columns.flatMap((column, at) => {
    const plain = column.kind === "number" && !column.bin_means.length && !column.clipped, cell = state.row.value[column.name];
    const start = state.model.widths.slice(0, at).reduce((sum, width) => sum + width, 0);
    if (!plain || (state.model.encoder ? state.model.encoder.isMissing(cell) : cell === "" || cell === null)) return [];
    const inputs = state.model.encode([state.row.value]), scale = state.model.encoder ? column.scale : 1;
    const slope = gradient.data[start]! / scale / state.data.model.standardizer.scale[start]!, h = NUDGE;
    const nudged = (by: number): number => {
      const moved = inputs.data.slice();
      moved[start]! += by;
      const x = state.model.standardized({ ...inputs, data: moved });
      return state.model.probabilities(state.model.logits(x)).data[state.explained.value]!;
    };
    return [{ name: column.name, slope, difference: (nudged(h) - nudged(-h)) / (2 * h) / scale }];
  });
  if (!lines.length) return null;
  return (
    <>
      <p>The gradient at a number, divided by its standard deviation, says how much the probability changes for one more unit. Nudging the number shows the same.</p>
      <div class="scroll"><table class="slopes">
        <thead><tr><th scope="col">column</th><th scope="col">by the chain rule</th><th scope="col">by a nudge</th></tr></thead>
        <tbody>
          {lines.map(({ name, slope, difference }, line) => (
            <tr key={line}><th scope="row">{name}</th><td><Exact value={slope}>{digits(slope)}</Exact></td><td><Exact value={difference}>{digits(difference)}</Exact></td></tr>
          ))}
        </tbody>
      </table></div>
    </>
  );
}
