"""The paths to a weight: they are all there, add up to its gradient, and the largest come first."""

from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainrule import Dense, Network, ReLU, SoftmaxCrossEntropy, Tanh, initialize, trace
from chainrule.arrays import Array
from chainrule.inspection import Paths, Trace, Weight, find_weight, nudge, paths
from chainrule.layers import Elementwise
from tests.oracles import difference_slope
from tests.strategies import NetworkPoint, network_points

ALL = 10**6


def some_weight(point: NetworkPoint) -> Weight:
    """A weight or a bias of one of the layers."""
    dense = [layer for layer in point.network.layers if isinstance(layer, Dense)]
    number = int(point.generator.integers(len(dense)))
    layer = dense[number]
    source = int(point.generator.integers(layer.inputs + layer.bias)) + 1
    output = int(point.generator.integers(layer.outputs)) + 1
    return find_weight(point.network, f"{number + 1},{source if source <= layer.inputs else 'bias'},{output}")


def slope_of_loss(point: NetworkPoint, weight: Weight) -> float:
    """The gradient of the first row's loss by differences, without any derivative."""
    direction = np.zeros(point.network.size)
    direction[point.network.layout[weight.link][weight.parameter][0].start + weight.column] = 1

    def loss(theta: Array) -> Any:
        return point.loss.value(point.network.forward(theta, point.x[:1])[-1], point.t[:1])[0]

    return float(difference_slope(loss, point.theta, direction))


def trace_of(point: NetworkPoint) -> Trace:
    return trace(point.network, point.loss, point.theta, point.x[0], point.t[0])


def written_out(row: Trace, weight: Weight) -> list[float]:
    """The product along every path there is, by going through all of them."""
    after = row.links[weight.link + 1 :]
    factors = [row.dy_dz, *(link.jacobians["x"] for link in reversed(after))]
    diagonal = [isinstance(row.activation, Elementwise), *(isinstance(link.layer, Elementwise) for link in after[::-1])]
    last = row.links[weight.link].jacobians[weight.parameter][:, weight.column]
    found = []
    for nodes in product(range(len(row.y)), *(range(factor.shape[1]) for factor in factors)):
        steps = list(pairwise(nodes))
        if nodes[-1] == weight.output and all(a == b or not same for (a, b), same in zip(steps, diagonal, strict=True)):
            along = [factor[step] for factor, step in zip(factors, steps, strict=True)]
            found.append(float(row.dloss_dy[nodes[0]] * prod(along) * last[nodes[-1]]))
    return found


@settings(max_examples=60)
@given(network_points(max_depth=3))
def test_all_paths_add_up_to_the_gradient_of_the_weight(point: NetworkPoint) -> None:
    weight, row = some_weight(point), trace_of(point)
    found, expected = paths(row, weight, ALL), slope_of_loss(point, weight)
    scale = max(1.0, *(abs(path.contribution) for path in found.largest), abs(expected))
    assert sum(path.contribution for path in found.largest) == pytest.approx(expected, abs=1e-8 * scale)
    assert found.total == pytest.approx(expected, abs=1e-8 * scale)
    assert found.difference < 1e-12
    assert found.others == 0
    assert found.rest == 0


@settings(max_examples=40)
@given(network_points(max_depth=3))
def test_the_paths_are_those_that_one_finds_by_going_through_all(point: NetworkPoint) -> None:
    weight, row = some_weight(point), trace_of(point)
    found, expected = paths(row, weight, ALL), written_out(row, weight)
    assert found.count == len(expected)
    assert found.contributing == np.count_nonzero(expected) == len(found.largest)
    by_size = sorted((abs(value) for value in expected if value), reverse=True)
    np.testing.assert_allclose([abs(path.contribution) for path in found.largest], by_size, rtol=1e-12)
    for path in found.largest:
        assert path.contribution == pytest.approx(prod(path.factors), rel=1e-12)


@settings(max_examples=30)
@given(network_points(max_depth=3))
def test_a_few_paths_are_the_largest_and_the_rest_is_summed(point: NetworkPoint) -> None:
    weight, row = some_weight(point), trace_of(point)
    every, few = paths(row, weight, ALL), paths(row, weight, 3)
    assert [abs(p.contribution) for p in few.largest] == [abs(p.contribution) for p in every.largest[:3]]
    assert few.others == max(0, every.contributing - 3)
    rest = sum(path.contribution for path in every.largest[3:])
    scale = max([abs(path.contribution) for path in every.largest], default=1.0)
    assert few.rest == pytest.approx(rest, abs=1e-12 * scale)


def wide(activation: Any = None) -> tuple[Network, Trace]:
    network = Network((Dense(30, 64), activation or Tanh(), Dense(64, 64), activation or Tanh(), Dense(64, 10)))
    x = np.random.default_rng(0).normal(size=30)
    return network, trace(network, SoftmaxCrossEntropy(), initialize(network, random_state=0), x, 3)


def test_paths_of_a_wide_network_are_counted_exactly() -> None:
    network, row = wide()
    found: Paths = paths(row, find_weight(network, "1,5,7"))
    assert found.count == 10 * 10 * 64
    assert found.contributing == 10 * 64
    assert found.others == 640 - 10
    listed = sum(path.contribution for path in found.largest)
    assert listed + found.rest == pytest.approx(float(row.links[0].gradients["weights"][4, 6]), rel=1e-12)


def test_paths_through_units_that_are_off_add_nothing() -> None:
    network, row = wide(ReLU())
    off = np.flatnonzero(row.links[1].y == 0)
    silent = paths(row, find_weight(network, ("1", "1", str(off[0] + 1))))
    assert (silent.contributing, silent.total, silent.largest) == (0, 0.0, ())
    on = int(np.flatnonzero(row.links[1].y)[0])
    assert paths(row, find_weight(network, f"1,1,{on + 1}")).contributing == 10 * np.count_nonzero(row.links[3].y)


def test_a_weight_moved_by_hand_has_the_slope_of_its_paths() -> None:
    network, row = wide()
    for given_ in ("1,5,7", "2,bias,3", "3,64,10"):
        weight = find_weight(network, given_)
        found = nudge(row, weight)
        assert found.slope == pytest.approx(paths(row, weight).total, abs=1e-11)
        assert not found.meets_kink


def test_a_kink_within_the_step_is_told() -> None:
    network = Network((Dense(1, 1), ReLU(), Dense(1, 2)))
    theta = np.array([0.5, 1e-5, 1.0, -1.0, 0.0, 0.0])
    row = trace(network, SoftmaxCrossEntropy(), theta, [0.0], 0)
    assert nudge(row, find_weight(network, "1,bias,1")).meets_kink
    assert not nudge(row, find_weight(network, "1,1,1")).meets_kink


NETWORK = Network((Dense(3, 2), Tanh(), Dense(2, 1, bias=False)))
NAMES = ["age", "hours, weekly", "2"]


@pytest.mark.parametrize(
    ("given_", "index", "link"),
    [
        ("1,age,2", (0, 1), 0),
        ("1,hours, weekly,1", (1, 0), 0),
        ("1,2,1", (2, 0), 0),  # a name goes before a number
        ("1,1,1", (0, 0), 0),
        (" 1 , bias , 2", (1,), 0),
        ((2, 2, 1), (1, 0), 2),
        (("1", "hours, weekly", 1), (1, 0), 0),
    ],
)
def test_weights_go_by_number_and_by_name(given_: Any, index: tuple[int, ...], link: int) -> None:
    weight = find_weight(NETWORK, given_, NAMES)
    assert (weight.index, weight.link) == (index, link)
    theta = np.arange(float(NETWORK.size))
    flat = NETWORK.layout[link][weight.parameter][0].start + weight.column
    assert NETWORK.views(theta)[link][weight.parameter][weight.index] == theta[flat]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ("3,1,1", "no layer 3: the network has 2 dense layers; give a number from 1 to 2"),
        ("0,1,1", "no layer 0"),
        ("1,4,1", "no input 4: layer 1 has 3 inputs; give a number from 1 to 3, or a name, such as age"),
        ("1,agee,1", "or a name, such as age"),
        ("2,age,1", "no input age: layer 2 has 2 inputs; give a number from 1 to 2."),
        ("1,1,3", "no output 3: layer 1 has 2 outputs"),
        ("2,1,2", "no output 2: layer 2 has 1 output; give 1"),
        ("2,bias,1", "Layer 2 has no bias: choose an input from 1 to 2"),
        ("1,1", "LAYER,INPUT,OUTPUT"),
        ((1, -1, 1), "no input -1"),
    ],
)
def test_weights_that_are_not_there_are_refused(given_: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_weight(NETWORK, given_, NAMES)
