"""The harness itself finds what it is there to find."""

import os
import signal
import time
from typing import Any

import numpy as np
import pytest

from tests.hostile import harness
from tests.hostile.harness import faults, outcomes, sentence_fault


def misbehave(how: str) -> Any:  # noqa: C901 (a case a way to go wrong)
    match how:
        case "well":
            return 42
        case "refuse":
            raise ValueError("The setting tol must be at least 0, found -1.")
        case "mumble":
            raise ValueError("<class 'int'> object has no attribute x.")
        case "lines":
            raise ValueError("one\ntwo.")
        case "slip":
            return dict[str, int]()[how]
        case "sleep":
            time.sleep(600)
        case "spin":
            while True:
                pass
        case "grow":
            return float(np.ones(75_000_000).sum())
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "leave":
            raise SystemExit(3)
    return None


def test_each_misbehaviour_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "SECONDS", 2)
    monkeypatch.setattr(harness, "WAITED", 4.0)
    ways = ("well", "refuse", "mumble", "lines", "slip", "sleep", "spin", "grow", "die", "leave")
    found = {outcome.name: outcome for outcome in outcomes(misbehave, [(way, way) for way in ways])}
    assert found.keys() == set(ways)
    assert found["well"].value == 42
    assert found["refuse"].kind == "refusal"
    expected = {
        "mumble": "speaks of",
        "lines": "is not one line",
        "slip": "KeyError",
        "sleep": "did nothing for 4 s",
        "spin": "took more than 2 s of a processor",
        "grow": "MB of memory",
        "die": "died: -11",
        "leave": "SystemExit: 3",
    }
    for way, message in expected.items():
        assert found[way].kind == "fault"
        assert message in found[way].message


def test_outcomes_are_counted() -> None:
    found, counts = faults(misbehave, [("a", "well"), ("b", "slip"), ("c", "refuse"), ("d", "well")])
    assert [outcome.name for outcome in found] == ["b"]
    assert counts == {"value": 2, "refusal": 1, "fault": 1}


@pytest.mark.parametrize("together", [2, 3, 9])
def test_inputs_tried_together_are_told_apart(together: int) -> None:
    ways = [("a", "well"), ("b", "die"), ("c", "refuse"), ("d", "grow"), ("e", "slip"), ("f", "well"), ("g", "leave")]
    alone = {outcome.name: outcome for outcome in outcomes(misbehave, ways)}
    assert {outcome.name: outcome for outcome in outcomes(misbehave, ways, together=together)} == alone
    assert [alone[name].kind for name in "abcdefg"] == ["value", "fault", "refusal", "fault", "fault", "value", "fault"]


def test_inputs_tried_together_share_a_process() -> None:
    processes = {
        outcome.value for outcome in outcomes(lambda _: os.getpid(), [("a", 0), ("b", 1), ("c", 2)], together=3)
    }
    assert len(processes) == 1


@pytest.mark.parametrize(
    "message", ["", "two\nlines.", "no stop", "x" * 700 + ".", "A numpy.float64 is wrong.", "at 0x7f3a5c001122."]
)
def test_what_is_no_sentence_for_a_user(message: str) -> None:
    assert sentence_fault(message) is not None


def test_the_name_of_a_temporary_folder_is_no_address() -> None:
    assert sentence_fault("/tmp/tmp0xc89760/model.safetensors is damaged or forged.") is None
