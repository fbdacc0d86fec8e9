// Computes golden vectors with the kernel and prints, as JSON, the largest difference of each case and what has no twin.
import { readFileSync } from "node:fs";

const [, , kernelPath, goldenPath] = process.argv;
const kernel = await import(kernelPath);
const { cases, classes } = JSON.parse(readFileSync(goldenPath, "utf8"));

const make = (spec) => {
  if (Array.isArray(spec)) return spec.map(make);
  if (spec === null || typeof spec !== "object") return spec;
  if (!kernel[spec.class]) throw new Error(`the kernel has no ${spec.class}`);
  return new kernel[spec.class](...spec.args.map(make));
};
const array = ({ data }) => Float64Array.from(data, Number);
const matrix = (golden) => kernel.matrix(golden.shape[0], golden.shape[1], array(golden));
const targets = (golden) => (golden.shape.length === 2 ? matrix(golden) : array(golden));
const arrays = (golden) => Object.fromEntries(Object.entries(golden).map(([name, of]) => [name, array(of)]));

// The largest difference, in units of the largest number of the array; Infinity where shapes differ or one alone is not finite.
function difference(found, golden) {
  if (typeof golden === "number") return difference({ data: [found] }, { data: [golden] });
  const got = found.data ?? found, expected = array(golden);
  if (got.length !== expected.length) return Infinity;
  let largest = Number.MIN_VALUE, off = 0;
  for (const of of expected) if (Number.isFinite(of)) largest = Math.max(largest, Math.abs(of));
  for (let p = 0; p < expected.length; p++) {
    if (Object.is(got[p], expected[p]) || got[p] === expected[p]) continue;
    const apart = Math.abs(got[p] - expected[p]);
    off = Math.max(off, Number.isFinite(apart) ? apart / largest : Infinity);
  }
  return off;
}

// The largest difference number by number, each in units of itself: where numbers of an array are of many sizes.
function eachDifference(found, golden) {
  const expected = array(golden), got = found.data ?? found;
  let off = 0;
  for (let p = 0; p < expected.length; p++) {
    if (got[p] === expected[p]) continue;
    off = Math.max(off, Math.abs(got[p] - expected[p]) / Math.max(Math.abs(expected[p]), 1e-290));
  }
  return got.length === expected.length ? off : Infinity;
}

// The product of the factors of the chain rule: the loss by y, y by z, each Jacobian of a layer, down to each parameter.
function productOfFactors(network, loss, theta, x, t) {
  const outputs = network.forward(theta, x), params = network.views(theta), { dlossDy, dyDz } = loss.factors(outputs.at(-1), t);
  const grad = network.zeros(), grads = network.views(grad);
  const times = (row, jacobian, r, o, width) => {
    const product = new Float64Array(width);
    for (let c = 0; c < o; c++) for (let i = 0; i < width; i++) product[i] += row[c] * jacobian.data[(r * o + c) * width + i];
    return product;
  };
  for (let r = 0; r < x.rows; r++) {
    const k = network.outputs;
    let row = times(dlossDy.data.subarray(r * k, (r + 1) * k), dyDz, r, k, k);
    for (let number = network.layers.length - 1; number >= 0; number--) {
      const jacobians = network.layers[number].jacobian(params[number], outputs[number], outputs[number + 1]);
      const o = network.widths[number + 1];
      for (const [name, jacobian] of Object.entries(jacobians)) {
        if (name === "x") continue;
        const width = jacobian.shape.slice(2).reduce((size, length) => size * length, 1), product = times(row, jacobian, r, o, width);
        const [i, c] = jacobian.shape.length === 4 ? jacobian.shape.slice(2) : [1, width];
        for (let p = 0; p < width; p++) grads[number][name][(p % c) * i + Math.floor(p / c)] += product[p];
      }
      row = times(row, jacobians.x, r, o, network.widths[number]);
    }
  }
  return grad;
}

const checks = {
  layer({ make: spec, params, dparams, x, dy, dx, expected }) {
    const layer = make(spec), own = arrays(params), rows = matrix(x), y = layer.forward(own, rows);
    const grad = Object.fromEntries(Object.entries(own).map(([name, of]) => [name, new Float64Array(of.length)]));
    const back = layer.vjp(own, rows, y, matrix(dy), { grad }), jacobian = layer.jacobian(own, rows, y);
    const shapes = JSON.stringify(layer.parameterShapes()) === JSON.stringify(expected.shapes);
    return {
      shapes: shapes && layer.name === spec.class ? 0 : Infinity,
      forward: eachDifference(y, expected.forward),
      vjp: difference(back, expected.vjp),
      jvp: difference(layer.jvp(own, rows, y, matrix(dx), arrays(dparams)), expected.jvp),
      ...Object.fromEntries(Object.entries(expected.grad).map(([name, of]) => [`gradient of ${name}`, difference(grad[name], of)])),
      ...Object.fromEntries(
        Object.entries(expected.jacobian).map(([name, of]) => {
          const same = JSON.stringify(jacobian[name]?.shape) === JSON.stringify(of.shape);
          return [`Jacobian by ${name}`, same ? difference(jacobian[name], of) : Infinity];
        }),
      ),
    };
  },
  loss({ make: spec, z, t, v, expected }) {
    const loss = make(spec), logits = matrix(z), target = targets(t), both = loss.valueAndGradient(logits, target);
    const { dlossDy, dyDz } = loss.factors(logits, target);
    return {
      value: difference(loss.value(logits, target), expected.value),
      "value with gradient": difference(both.value, expected.value),
      gradient: difference(loss.gradient(logits, target), expected.gradient),
      "gradient with value": difference(both.gradient, expected.gradient),
      "curvature product": difference(loss.curvatureProduct(logits, target, matrix(v)), expected.curvature),
      "∂loss/∂y": eachDifference(dlossDy, expected.dloss_dy),
      "∂y/∂z": difference(dyDz, expected.dy_dz),
    };
  },
  penalty({ make: spec, weights, slope, expected }) {
    const penalty = make(spec), of = array(weights), least = array(slope);
    penalty.addLeastSubgradient(of, least, 2);
    return {
      value: difference(penalty.value(of), expected.value),
      gradient: difference(penalty.gradient(of), expected.gradient),
      "least subgradient": difference(least, expected.least),
    };
  },
  schedule({ make: spec, expected }) {
    const schedule = make(spec);
    return { rates: difference(expected.rates.data.map((_, iteration) => schedule.at(iteration)), expected.rates) };
  },
  initializer({ layers, seed, rule, expected }) {
    return { theta: difference(kernel.initialize(new kernel.Network(make(layers)), seed, rule), expected.theta) };
  },
  random({ seed, expected }) {
    const generator = new kernel.Generator(BigInt(seed));
    const exactly = (found, golden) => (difference(found, golden) === 0 ? 0 : Infinity);
    const draws = (golden, draw) => golden.data.map(draw);
    return {
      uniform: exactly(draws(expected.uniform, () => generator.uniform(-1, 3)), expected.uniform),
      choice: exactly(draws(expected.choice, () => generator.integer(0, 2)), expected.choice),
      normal: eachDifference(draws(expected.normal, () => generator.normal()), expected.normal),
      orders: Math.max(...expected.orders.map((order) => exactly(generator.permutation(order.data.length), order))),
      integers: exactly(draws(expected.integers, () => generator.integer(3, 100)), expected.integers),
    };
  },
  optimizer({ make: spec, steps, expected, ...run }) {
    const optimizer = make(spec), cost = costOf(run);
    let theta = array(run.theta), state = optimizer.init(theta), step;
    for (let number = 0; number < steps; number++) {
      step = optimizer.step(cost, theta, state);
      ({ theta, state } = step);
    }
    const parts = Object.entries(expected.state).map(([name, of]) => [`state: ${name}`, difference([state[name]].flat().length ? asArray(state[name]) : [], of)]);
    return {
      theta: difference(theta, expected.theta),
      value: difference(step.value, expected.value),
      gradient: difference(step.gradient, expected.gradient),
      rate: difference(step.rate, expected.rate),
      ...Object.fromEntries(parts),
    };
  },
  training({ make: spec, initial, batch, seed, epochs, expected, ...run }) {
    const cost = costOf(run), start = kernel.initialize(cost.network, initial);
    const passed = [...kernel.epochs(cost, make(spec), start, { maxEpochs: epochs, batchSize: batch, seed })];
    return {
      start: difference(start, run.theta),
      theta: difference(passed.at(-1).theta, expected.theta),
      costs: difference(passed.map((epoch) => epoch.cost), expected.costs),
      "gradient norms": difference(passed.map((epoch) => epoch.gradientNorm), expected.norms),
      iterations: passed.at(-1).iterations === expected.iterations ? 0 : Infinity,
    };
  },
  network({ layers, loss: of, x, t, theta: golden, dtheta, expected }) {
    const network = new kernel.Network(make(layers)), loss = make(of), theta = array(golden), rows = matrix(x), target = targets(t);
    const outputs = network.forward(theta, rows), dz = loss.gradient(outputs.at(-1), target);
    const gradient = network.backward(theta, outputs, dz, network.zeros());
    return {
      logits: difference(outputs.at(-1), expected.logits),
      gradient: difference(gradient, expected.gradient),
      "product of the factors (times 100)": 100 * difference(productOfFactors(network, loss, theta, rows, target), { data: [...gradient] }),
      jvp: difference(network.jvp(theta, outputs, array(dtheta)), expected.jvp),
      "gradient at the rows": difference(network.inputGradient(theta, outputs, dz), expected.inputs),
    };
  },
};

const asArray = (value) => (typeof value === "number" ? [value] : value);

function costOf({ layers, loss, penalty, reduction, x, t, weights }) {
  return kernel.Cost.of(new kernel.Network(make(layers)), make(loss), matrix(x), targets(t), {
    penalty: make(penalty),
    reduction,
    weights: weights && array(weights),
  });
}

const without = Object.entries(classes).flatMap(([kind, names]) =>
  names.filter((name) => !(kind === "initializers" ? kernel.INITIALIZERS[name] : kernel[name])).map((name) => `${kind}: ${name}`),
);
const results = cases.map((one) => {
  try {
    return { check: one.check, name: one.name, tolerance: one.tolerance, differences: checks[one.check](one) };
  } catch (error) {
    return { check: one.check, name: one.name, tolerance: one.tolerance, differences: {}, error: String(error) };
  }
});
const text = JSON.stringify({ without, results }, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
process.stdout.write(text);
