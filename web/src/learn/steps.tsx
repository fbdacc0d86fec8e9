/** The chain rule in formulas: forward to the loss, and back to the weight, factor by factor, each with its numbers. */

import type { JSX } from "preact";
import { ACTIVATIONS } from "./formulas";
import { parse } from "./expression";
import { Bracketed, D, Formula, MatrixOf, Minus, Num, Op, Sym, Text, Times, Typed, VectorOf } from "./mathml";
import { LOSS, T, X, Y, Z, named, slopeNamed, type Name } from "./names";
import { chain, shownFactors, trace, weight } from "./state";
import { inputOf, linkOf, weightName, type Link, type Place, type Stage, type Trace } from "./trace";

// A matrix with more numbers than this is told in words alone: its numbers are those of the weights.
const MOST_NUMBERS = 36;

function Step({ title, children }: { title: string; children: JSX.Element | (JSX.Element | null)[] }): JSX.Element {
    return (
        <li>
            <span class="learn-step-title">{title}</span>
            {children}
        </li>
    );
}

const Row = ({ children }: { children: JSX.Element | (JSX.Element | JSX.Element[] | null | false)[] }): JSX.Element => (
    <div class="learn-formula" tabindex={0}>
        <Formula block>{children}</Formula>
    </div>
);

/** The forward numbers, the sum of the weight's own unit written out. */
export function Forward(): JSX.Element | null {
    const of = trace.value;
    if (of === null) return null;
    const first = of.links[0]!;
    return (
        <ol class="learn-steps">
            <Step title="The row">
                <Row>
                    <Sym name={X} />
                    <Op>=</Op>
                    <VectorOf values={first.x} k={(i) => named(X, i)} q="x" />
                </Row>
            </Step>
            {of.links.map((link) => (
                <ForwardLink link={link} of={of} place={weight.value} />
            ))}
            <Step title="Probabilities">
                <Row>
                    <Sym name={Y} />
                    <Op>=</Op>
                    <Softmax />
                    <Op>=</Op>
                    <VectorOf values={of.y} k={(i) => named(Y, i)} q="y" />
                </Row>
            </Step>
            <Step title="Target and loss">
                <Row>
                    <Sym name={T} />
                    <Op>=</Op>
                    <VectorOf values={of.t} k={(i) => named(T, i)} q="t" />
                </Row>
                <Row>
                    <Sym name={LOSS} />
                    <Op>=</Op>
                    <Minus />
                    <LogOfTarget of={of} />
                    <Op>=</Op>
                    <Num value={of.loss} k="loss" q="loss" />
                </Row>
            </Step>
        </ol>
    );
}

/** `log y` of the true class: the only term of the sum that is not zero. */
function LogOfTarget({ of }: { of: Trace }): JSX.Element {
    const label = of.t.indexOf(1);
    return (
        <mrow>
            <mi>log</mi>
            <mspace width="0.17em" />
            <Sym name={Y} at={[label]} />
            <Op>=</Op>
            <Minus />
            <mi>log</mi>
            <mspace width="0.17em" />
            <Num value={of.y[label]!} k={named(Y, label)} q="y" />
        </mrow>
    );
}

function Softmax(): JSX.Element {
    const power = (
        <msup>
            <mi>e</mi>
            <Sym name={Z} />
        </msup>
    );
    return (
        <mfrac>
            {power}
            <mrow>
                <mo>∑</mo>
                {power}
            </mrow>
        </mfrac>
    );
}

function ForwardLink({ link, of, place }: { link: Link; of: Trace; place: Place }): JSX.Element {
    const own = link === linkOf(of, place);
    const vector = <VectorOf values={link.y} k={(i) => named(link.yName, i)} q={link.yName.quantity} />;
    if (link.activation !== null) {
        const letters = { a: () => <Sym name={link.xName} /> };
        const tree = parse(ACTIVATIONS[link.activation]?.value ?? "a");
        return (
            <Step title={`Activation: ${link.activation}`}>
                <Row>
                    <Sym name={link.yName} />
                    <Op>=</Op>
                    <Typed tree={tree} letters={letters} />
                    <Op>=</Op>
                    {vector}
                </Row>
            </Step>
        );
    }
    const at = { layer: link.number, input: 0, output: 0 };
    const [w, b] = [weightName(of, at), weightName(of, { ...at, input: -1 })];
    return (
        <Step title={`Layer ${link.number + 1}: weighted sums`}>
            <Row>
                <Sym name={link.yName} />
                <Op>=</Op>
                <Sym name={link.xName} />
                <mspace width="0.2em" />
                <Sym name={w} />
                {link.bias !== null && (
                    <mrow>
                        <Op>+</Op>
                        <Sym name={b} />
                    </mrow>
                )}
                <Op>=</Op>
                {vector}
            </Row>
            {own ? <OwnSum link={link} place={place} w={w} b={b} /> : null}
        </Step>
    );
}

/** The sum of the weight's own unit, with all its numbers. */
function OwnSum({ link, place, w, b }: { link: Link; place: Place; w: Name; b: Name }): JSX.Element {
    const unit = place.output;
    return (
        <Row>
            <Sym name={link.yName} at={[unit]} />
            <Op>=</Op>
            {link.x.map((x, i) => (
                <mrow>
                    {i > 0 && <Op>+</Op>}
                    <Num value={x} k={named(link.xName, i)} q={link.xName.quantity} bracket />
                    <Times />
                    <Num value={link.weights![i]![unit]!} k={named(w, i, unit)} q="w" bracket />
                </mrow>
            ))}
            {link.bias !== null && (
                <mrow>
                    <Op>+</Op>
                    <Num value={link.bias[unit]!} k={named(b, unit)} q="w" bracket />
                </mrow>
            )}
            <Op>=</Op>
            <Num value={link.y[unit]!} k={named(link.yName, unit)} q={link.yName.quantity} />
        </Row>
    );
}

/** The factors from the loss to the weight, each followed by the product so far. */
export function Backward(): JSX.Element | null {
    const of = trace.value;
    if (of === null) return null;
    const visible = shownFactors.value ?? chain.value.length;
    return (
        <ol class="learn-steps learn-backward">
            {chain.value.slice(0, visible).map((stage, at) => (
                <li class={at === visible - 1 && shownFactors.value !== null ? "now" : ""}>
                    <Factor stage={stage} of={of} place={weight.value} />
                    {at > 0 && <Product stage={stage} before={chain.value[at - 1]!} of={of} place={weight.value} />}
                </li>
            ))}
        </ol>
    );
}

function Factor({ stage, of, place }: { stage: Stage; of: Trace; place: Place }): JSX.Element {
    switch (stage.kind) {
        case "loss":
            return (
                <Labelled title="How the loss changes with the probabilities">
                    <Row>
                        <D of={LOSS} by={Y} />
                        <Op>=</Op>
                        <Minus />
                        <mfrac>
                            <Sym name={T} />
                            <Sym name={Y} />
                        </mfrac>
                        <Op>=</Op>
                        <VectorOf values={of.dlossDy} k={(i) => slopeNamed("loss", named(Y, i))} q="g" />
                    </Row>
                </Labelled>
            );
        case "output":
            return (
                <Labelled title="How the probabilities change with the logits">
                    <Row>
                        <D of={Y} by={Z} />
                        <Op>=</Op>
                        <mi>diag</mi>
                        <Bracketed>
                            <Sym name={Y} />
                        </Bracketed>
                        <Op>−</Op>
                        <msup>
                            <Sym name={Y} />
                            <mo>⊤</mo>
                        </msup>
                        <Sym name={Y} />
                        {of.y.length ** 2 <= MOST_NUMBERS && (
                            <mrow>
                                <Op>=</Op>
                                <MatrixOf rows={of.dyDz} k={(i, j) => slopeNamed(named(Y, i), named(Z, j))} q="g" />
                            </mrow>
                        )}
                    </Row>
                </Labelled>
            );
        case "dense":
            return <DenseFactor stage={stage} of={of} />;
        case "weight":
            return <WeightFactor stage={stage} of={of} place={place} />;
        default:
            return <SlopeFactor stage={stage} />;
    }
}

const Labelled = ({ title, children }: { title: string; children: JSX.Element }): JSX.Element => (
    <>
        <span class="learn-step-title">{title}</span>
        {children}
    </>
);

function DenseFactor({ stage, of }: { stage: Stage; of: Trace }): JSX.Element {
    const link = of.links.find((each) => each.yName === stage.of)!;
    const w = weightName(of, { layer: link.number, input: 0, output: 0 });
    const small = link.x.length * link.y.length <= MOST_NUMBERS;
    return (
        <Labelled title={`Back through the weights of layer ${link.number + 1}`}>
            <Row>
                <D of={stage.of} by={stage.by!} />
                <Op>=</Op>
                <msup>
                    <Sym name={w} />
                    <mo>⊤</mo>
                </msup>
                {small && (
                    <mrow>
                        <Op>=</Op>
                        <MatrixOf rows={link.jacobian} k={(o, i) => named(w, i, o)} q="w" />
                    </mrow>
                )}
            </Row>
        </Labelled>
    );
}

function SlopeFactor({ stage }: { stage: Stage }): JSX.Element {
    const by = stage.by!;
    const letters = { a: () => <Sym name={by} />, h: () => <Sym name={stage.of} /> };
    const slopes = stage.jacobian.map((row, i) => row[i]!);
    return (
        <Labelled title={`Back through the activation: its slope, ${stage.kind}'`}>
            <Row>
                <D of={stage.of} by={by} />
                <Op>=</Op>
                <mi>diag</mi>
                <Bracketed>
                    <Typed tree={parse(ACTIVATIONS[stage.kind]?.slope ?? "1")} letters={letters} />
                </Bracketed>
                <Op>=</Op>
                <mi>diag</mi>
                <VectorOf values={slopes} k={(i) => slopeNamed(named(stage.of, i), named(by, i))} q="g" />
            </Row>
        </Labelled>
    );
}

function WeightFactor({ stage, of, place }: { stage: Stage; of: Trace; place: Place }): JSX.Element {
    const [name, link] = [weightName(of, place), linkOf(of, place)];
    const at = place.input < 0 ? [place.output] : [place.input, place.output];
    return (
        <Labelled title={place.input < 0 ? "The bias is added as it is" : "The weight multiplies its input"}>
            <Row>
                <D of={stage.of} ofAt={[place.output]} by={name} byAt={at} />
                <Op>=</Op>
                {place.input < 0 ? (
                    <mn>1</mn>
                ) : (
                    <mrow>
                        <Sym name={link.xName} at={[place.input]} />
                        <Op>=</Op>
                        <Num value={inputOf(of, place)} k={named(link.xName, place.input)} q={link.xName.quantity} />
                    </mrow>
                )}
                <Text>{"\u2003(0 for the other units)"}</Text>
            </Row>
        </Labelled>
    );
}

/** The product of all factors so far; for the weight's own unit with every term. */
function Product({ stage, before, of, place }: { stage: Stage; before: Stage; of: Trace; place: Place }): JSX.Element {
    if (stage.by === null) return <LastProduct stage={stage} of={of} place={place} />;
    const by = stage.by;
    return (
        <div class="learn-product">
            <Row>
                <D of={LOSS} by={by} />
                <Op>=</Op>
                <D of={LOSS} by={before.by!} />
                <mspace width="0.2em" />
                <D of={stage.of} by={by} />
                <Op>=</Op>
                {stage.kind === "output" && (
                    <mrow>
                        <Sym name={Y} />
                        <Op>−</Op>
                        <Sym name={T} />
                        <Op>=</Op>
                    </mrow>
                )}
                <VectorOf values={stage.product} k={(i) => slopeNamed("loss", named(by, i))} q="g" />
            </Row>
            <OwnTerms stage={stage} before={before} of={of} place={place} />
        </div>
    );
}

/** The sum that makes the gradient of the weight's own unit: a term for each way on from it. */
function OwnTerms({
    stage,
    before,
    of,
    place,
}: {
    stage: Stage;
    before: Stage;
    of: Trace;
    place: Place;
}): JSX.Element | null {
    const own = linkOf(of, place);
    const by = stage.by!;
    const near =
        by === own.yName ||
        of.links.some((link) => link.xName === own.yName && link.yName === by && link.activation !== null);
    if (!near) return null;
    const unit = place.output;
    const terms = stage.kind === "dense" || stage.kind === "output" ? before.product.map((_, k) => k) : [unit];
    const dense =
        stage.kind === "dense"
            ? weightName(of, { layer: of.links.find((link) => link.yName === stage.of)!.number, input: 0, output: 0 })
            : null;
    return (
        <Row>
            <D of={LOSS} by={by} byAt={[unit]} />
            <Op>=</Op>
            {terms.map((k, at) => (
                <mrow>
                    {at > 0 && <Op>+</Op>}
                    <Num value={before.product[k]!} k={slopeNamed("loss", named(stage.of, k))} q="g" bracket />
                    <Times />
                    <Num
                        value={stage.jacobian[k]![unit]!}
                        k={dense === null ? slopeNamed(named(stage.of, k), named(by, unit)) : named(dense, unit, k)}
                        q={dense === null ? "g" : "w"}
                        bracket
                    />
                </mrow>
            ))}
            <Op>=</Op>
            <Num value={stage.product[unit]!} k={slopeNamed("loss", named(by, unit))} q="g" />
        </Row>
    );
}

function LastProduct({ stage, of, place }: { stage: Stage; of: Trace; place: Place }): JSX.Element {
    const link = linkOf(of, place);
    const name = weightName(of, place);
    const at = place.input < 0 ? [place.output] : [place.input, place.output];
    return (
        <div class="learn-product">
            <Row>
                <D of={LOSS} by={name} byAt={at} />
                <Op>=</Op>
                <D of={LOSS} by={link.yName} byAt={[place.output]} />
                <Times />
                {place.input < 0 ? <mn>1</mn> : <Sym name={link.xName} at={[place.input]} />}
                <Op>=</Op>
                <Num
                    value={link.dy[place.output]!}
                    k={slopeNamed("loss", named(link.yName, place.output))}
                    q="g"
                    bracket
                />
                <Times />
                {place.input < 0 ? (
                    <mn>1</mn>
                ) : (
                    <Num
                        value={inputOf(of, place)}
                        k={named(link.xName, place.input)}
                        q={link.xName.quantity}
                        bracket
                    />
                )}
                <Op>=</Op>
                <Num value={stage.product[0]!} k={slopeNamed("loss", named(name, ...at))} q="g" />
            </Row>
        </div>
    );
}

/** The whole product in one line: the names of all factors. */
export function WholeProduct(): JSX.Element | null {
    const of = trace.value;
    if (of === null) return null;
    const name = weightName(of, weight.value);
    const at = weight.value.input < 0 ? [weight.value.output] : [weight.value.input, weight.value.output];
    return (
        <Row>
            <D of={LOSS} by={name} byAt={at} />
            <Op>=</Op>
            {chain.value.map((stage, place) => (
                <mrow>
                    {place > 0 && <Times />}
                    <D of={stage.of} by={stage.by ?? name} byAt={stage.by === null ? at : []} />
                </mrow>
            ))}
        </Row>
    );
}
