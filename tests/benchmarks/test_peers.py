"""The parts of the comparison with peers that compute, without any peer."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.peers.ladder import Rung, climb, reaching
from benchmarks.peers.machine import least_seconds
from benchmarks.peers.measure import Run, Settings, exponent, in_turns, ratio, seconds, spread
from benchmarks.peers.page import duration, page
from benchmarks.peers.results import Case, Results, read

MACHINE = {"processor": "a", "threads": "2"}


def test_contenders_take_turns_and_the_ratio_is_that_of_each_turn() -> None:
    order: list[str] = []
    clock = {"Chainrule": iter([1.0, 2.0, 4.0]), "peer": iter([3.0, 4.0, 4.0])}

    def contender(name: str) -> float:
        order.append(name)
        return next(clock[name])

    times = in_turns({name: lambda name=name: contender(name) for name in clock}, Settings(repeats=3, budget=60.0))  # type: ignore[misc]
    assert order == ["Chainrule", "peer"] * 3
    assert times == {"Chainrule": [1.0, 2.0, 4.0], "peer": [3.0, 4.0, 4.0]}
    assert ratio([3.0, 4.0, 4.0], [1.0, 2.0, 4.0]) == 2.0  # the ratio of the medians is 2 too, that of the sums is not
    assert ratio([3.0, 4.0], [1.0, 2.0, 4.0]) == 2.5


def test_a_contender_that_fails_says_why_and_the_others_go_on() -> None:
    def failing() -> float:
        raise RuntimeError("no compiler\nsecond line")

    times = in_turns({"Chainrule": lambda: 1.0, "peer": failing}, Settings(repeats=2))
    assert times == {"Chainrule": [1.0, 1.0], "peer": "RuntimeError: no compiler"}


def test_a_slow_contender_has_two_repeats_at_the_least_and_no_more_than_its_budget() -> None:
    times = in_turns({"slow": lambda: 10.0, "fast": lambda: 1.0}, Settings(repeats=5, budget=3.0))
    assert {name: len(found) for name, found in times.items()} == {"slow": 2, "fast": 3}


def test_short_work_is_done_until_it_has_taken_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [5.0]
    monkeypatch.setattr("benchmarks.peers.measure.time", SimpleNamespace(perf_counter=lambda: now[0]))

    def work() -> None:
        now[0] += 0.25

    assert seconds(work, least=2.0) == 0.25
    assert now == [7.0]
    assert seconds(work) == 0.25
    assert now == [7.25]


def test_the_spread_is_the_quartiles_and_of_few_times_all_of_them() -> None:
    assert spread([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)
    assert spread([5.0, 1.0, 2.0, 3.0, 4.0]) == (3.0, 2.0, 4.0)


def test_the_exponent_is_the_slope_of_the_upper_half() -> None:
    assert exponent([1, 10, 100, 1000, 10_000], [7, 7, 1, 100, 10_000]) == pytest.approx(2.0)
    assert exponent([1, 10], [1, 1000]) == pytest.approx(3.0)


def test_a_limit_is_the_longer_of_reading_and_computing() -> None:
    limits = {"bytes/s": 10.0, "float32 flop/s": 100.0, "float64 flop/s": 50.0}
    assert least_seconds(limits, 20, 100, "float32") == 2.0
    assert least_seconds(limits, 20, 500, "float64") == 10.0


def test_a_ladder_finds_how_many_iterations_a_target_takes_to_a_quarter() -> None:
    def run(iterations: int) -> Rung:
        return Rung(iterations, iterations / 100, 100.0 / iterations**2, 0.5)

    rungs = climb(run, (1e-1, 1e-3), cap=60.0)
    for target, needed in ((1e-1, 32), (1e-3, 317)):
        found = reaching(rungs, target)
        assert found is not None
        assert needed <= found.iterations <= 1.25 * needed
    assert reaching(rungs, 1e-9) is None


def test_a_ladder_ends_at_the_cap_and_where_more_iterations_change_nothing() -> None:
    slow = climb(lambda n: Rung(n, n * 1.0, 1.0 / n, 0.5), (1e-6,), cap=10.0)
    assert [rung.iterations for rung in slow] == [1, 2, 4, 8, 10]
    stuck = climb(lambda n: Rung(n, 0.001, max(0.1, 1.0 / n), 0.5), (1e-6,), cap=10.0)
    assert [rung.iterations for rung in stuck] == [1, 2, 4, 8, 16, 32]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (25e-9, "25.0 ns"),
        (2.5e-6, "2.50 µs"),
        (0.0123, "12.3 ms"),
        (0.123, "123 ms"),
        (1.5, "1.50 s"),
        (1234.0, "1234 s"),
    ],
)
def test_a_duration_has_three_digits(number: float, words: str) -> None:
    assert duration(number) == words


def test_only_the_groups_asked_for_are_measured() -> None:
    assert Run(Path(), Settings(), {}).wanted("iris")
    assert Run(Path(), Settings(), {}, ("LETTER", "iris")).wanted("letter, C = 1")
    assert not Run(Path(), Settings(), {}, ("letter",)).wanted("iris")


def test_results_are_whole_after_every_case_and_a_case_takes_the_place_of_its_like(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    results = Results(path, MACHINE)
    results.add(Case("cold", "iris", "all", {"Chainrule": [1.0]}))
    results.add(Case("cold", "iris", "some", {"Chainrule": [2.0]}))
    assert [case["seconds"] for case in read(path)["cases"]] == [{"Chainrule": [1.0]}, {"Chainrule": [2.0]}]
    again = Results(path, MACHINE)
    again.add(Case("cold", "iris", "all", {"Chainrule": [3.0]}))
    assert [case["seconds"] for case in read(path)["cases"]] == [{"Chainrule": [3.0]}, {"Chainrule": [2.0]}]
    with pytest.raises(ValueError, match="another machine"):
        Results(path, MACHINE | {"threads": "1"})


def test_the_page_keeps_slow_cases_and_failures(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    results = Results(path, MACHINE)
    results.keep_limits({"bytes/s": 2e9})
    times: dict[str, list[float] | str] = {
        "Chainrule": [2.0, 2.2],
        "a": [1.0, 1.1],
        "b": "> 5 s (gap 1e-02)",
        "(c)": [0.1, 0.1],
    }
    results.add(Case("convex", "letter", "gap 1e-02", times, 0.02, {"a": "9 it."}, "26 classes."))
    runs = {"1": [{"seconds": 1.0, "bytes": 2**20, "log loss": 0.5}], "10": "MemoryError"}
    curves = {"Chainrule": {"runs": runs, "exponents": {"seconds": 1.5, "bytes": None}}}
    results.add(Case("growth", "rows", "curve", {}, curves=curves))
    results.add(Case("convex", "iris", "the lowest cost", {"Chainrule": "ValueError: not known"}))
    text = page(json.loads(path.read_text()), path.name)
    assert "| letter: gap 1e-02 | 2.10 s | a | 1.05 s | 0.50× | 20.0 ms | 0.95 % |" in text
    assert "| a | 1.05 s (1.00 s to 1.10 s), 0.50× | 9 it. |" in text
    assert "| b | > 5 s (gap 1e-02) |  |" in text
    assert "| Chainrule, MiB | 1.0 | MemoryError |  |" in text
    assert "| iris: the lowest cost | ValueError: not known | none | none |  |  |  |" in text
    assert "| bytes/s | 2.0e9 |" in text
