"""The table of estimates in every form holds the same numbers."""

import json
import re
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chainrule import Classifier, infer
from chainrule.inference.result import Inference
from tests.inference.problems import drawn


@pytest.fixture(scope="module")
def result() -> Inference:
    x, t = drawn(300, 2, 3, 0)
    frame = pd.DataFrame(x, columns=["a<b & c_d", "e"])
    y = np.array(["low", "mid_2", "high"])[t]
    return infer(Classifier(l2=0).fit(frame, y), frame, y, reference="low")


def test_the_text_is_as_wide_as_its_lines_and_has_every_number(result: Inference) -> None:
    lines = str(result).splitlines()
    assert lines[0] == "Softmax (multinomial logistic) regression, maximum likelihood"
    ruled = next(line for line in lines if line.startswith("==="))
    assert max(map(len, lines)) == len(ruled)
    assert lines[2].split() == ["rows", "300", "log-likelihood", f"{result.log_likelihood:.6f}"]
    assert any(line.startswith("high against low") for line in lines)
    row = next(line for line in lines if line.startswith("e ")).removeprefix("e").split()
    assert [float(word) for word in row[:2]] == pytest.approx(
        [result.params[0, 2], result.standard_errors[0, 2]], abs=1e-4
    )
    assert repr(result) == str(result)


class Cells(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.inside = tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cells.append(data)


def test_the_page_has_the_words_of_the_text(result: Inference) -> None:
    cells = [cell for cell in Cells(result.to_html()).cells if cell.strip()]
    text = re.sub(r"\s+", " ", str(result))
    assert "a<b & c_d" in cells
    assert [cell for cell in cells if cell not in text] == []
    assert result._repr_html_() == result.to_html()
    assert "<th>95 %</th>" in result.to_html(0.9)


def test_latex_has_as_many_cells_in_each_row_and_no_bare_signs(result: Inference) -> None:
    latex = result.to_latex()
    rows = [line for line in latex.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    counts = {len(re.findall(r"(?<!\\)&", row)) for row in rows}
    assert counts == {3, 7}
    assert r"a$<$b \& c\_d" in latex
    assert r"mid\_2 against low" in latex
    assert "²" not in latex


def test_the_frame_has_a_row_for_each_coefficient(result: Inference) -> None:
    frame = result.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame["class"].tolist() == ["high"] * 3 + ["mid_2"] * 3
    assert frame["column"].tolist() == ["intercept", "a<b & c_d", "e"] * 2
    np.testing.assert_array_equal(frame["coefficient"], result.params.ravel())
    np.testing.assert_array_equal(frame["high"], result.confidence_intervals()[..., 1].ravel())


def test_another_library_of_frames_where_pandas_is_not(result: Inference, monkeypatch: pytest.MonkeyPatch) -> None:
    from chainrule.common import display

    monkeypatch.setattr(display, "find_spec", lambda name: name == "polars")
    assert type(result.to_frame()).__module__.startswith("polars")
    monkeypatch.setattr(display, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="needs pandas, polars or pyarrow"):
        result.to_frame()


def test_json_takes_all_numbers(result: Inference) -> None:
    told = json.loads(json.dumps(result.to_dict(0.9), allow_nan=False))
    assert told["reference"] == "low"
    assert told["log_likelihood"] == result.log_likelihood
    assert told["coefficients"][4]["column"] == "a<b & c_d"
    assert told["coefficients"][4]["odds ratio high"] == result.odds_ratio_intervals(0.9)[1, 1, 1]
    np.testing.assert_array_equal(told["covariance"], result.covariance)


def test_importing_chainrule_does_not_load_inference() -> None:
    import subprocess

    program = "import sys, chainrule; print([name for name in sys.modules if 'inference' in name])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "[]"
