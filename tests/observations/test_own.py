from __future__ import annotations

from datetime import date

import pytest

from forecast import observations
from forecast.errors import ObservationError
from forecast.observations.own import read
from forecast.observations.tables import FOLDER


@pytest.fixture(scope="module")
def index():
    return observations.load().price_index


@pytest.fixture
def problems(tmp_path, index):
    def found(text):
        path = tmp_path / "my.csv"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ObservationError) as caught:
            read(path, index)
        return [str(problem) for problem in caught.value.problems]

    return found


def write(tmp_path, text):
    path = tmp_path / "my.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_three_columns_are_enough(tmp_path, index):
    own = read(write(tmp_path, "model,released,compute\nB,2021-05-01,2e23\nA,2020-01-01,1e23\n"), index)
    assert [run.model for run in own.runs] == ["A", "B"]
    assert [run.rank for run in own.runs] == [1, 1]
    assert own.with_cost == 0
    assert own.runs[0].confidence == "unknown"
    # Nothing ties the two together, so each has a lab of its own.
    assert len({run.organization for run in own.runs}) == 2


def test_all_columns_of_the_small_form_are_used(tmp_path, index):
    text = (
        "released,model,compute,organization,confidence,cost,cost_date,chip\n"
        "2024-03-01,A,1e25,Lab,likely,4e7,2024-12,tpu\n2024-04-01,B,1e25,Lab,,5e7,,\n\n"
    )
    first, second = read(write(tmp_path, text), index).runs
    assert (first.chip, first.confidence, first.organization) == ("tpu", "likely", "Lab")
    assert first.cost_amortized.date == date(2024, 12, 1)
    assert second.cost_amortized.date == observations.BASE
    assert second.real_cost("amortized", index) == pytest.approx(5e7)


def test_a_byte_order_mark_is_no_mistake(tmp_path, index):
    path = tmp_path / "my.csv"
    path.write_bytes("model,released,compute\nA,2020-01-01,1e23\n".encode("utf-8-sig"))
    assert len(read(path, index).runs) == 1


def test_our_own_table_is_understood(index):
    own = read(FOLDER / "training_runs.csv", index)
    ours = [run for run in observations.load().training_runs if run.fit in {"yes", "censored"}]
    assert {run.id for run in own.runs} == {run.id for run in ours}
    assert {run.id: run.rank for run in own.runs} == {run.id: run.rank for run in ours}
    assert own.skipped


def test_every_mistake_is_reported_at_once_with_its_place(problems):
    found = problems(
        "model,released,compute,confidence,cost,cost_date,chip\n"
        "A,2020-13-01,1e23,confident,,,\n"
        "B,2020-01-01,-5,confdent,0,1950-01,cpu\n"
        ",2020-01-01,1e40,,1e6,,\n"
        "D,2020-01-01,many,,,2020-01,\n"
        "E,2020-01-01\n"
    )
    places = [line.split(": ")[0] for line in found]
    assert places == [
        "my.csv:2:2",
        "my.csv:3:3",
        "my.csv:3:4",
        "my.csv:3:5",
        "my.csv:3:6",
        "my.csv:3:7",
        "my.csv:4:1",
        "my.csv:4:3",
        "my.csv:5:3",
        "my.csv:5:6",
        "my.csv:6",
    ]
    text = "\n".join(found)
    assert 'did you mean "confident"?' in text
    assert "1e+40 FLOP is not between" in text
    assert "-5 is not positive" in text


def test_what_is_missing_is_said_with_what_it_should_hold(problems):
    found = problems("name,released,flop\nA,2020-01-01,1e23\n")
    text = "\n".join(found)
    assert 'column "model" is missing: the run\'s name' in text
    assert 'column "compute" is missing: its training compute in FLOP' in text
    assert 'unknown column "flop"' in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("model,released,compute\n", "no rows"),
        ("model,released,compute,model\n", "stands twice"),
        ("model,released,compute\nA,2020-01-01,1e23\nA,2020-01-01,1e23\n", "line 2 already"),
        ("model,released,compute\nA,2020-01-01,inf\n", "finite number"),
        ("model,released,compute\nA,2020-01-01,nan\n", "finite number"),
        ('model,released,compute\n"A,2020-01-01,1e23\n', "CSV"),
    ],
)
def test_files_that_cannot_be_meant(problems, text, message):
    assert message in "\n".join(problems(text))


def test_a_file_that_is_not_there_or_not_text(tmp_path, index):
    with pytest.raises(ObservationError, match="no such file"):
        read(tmp_path / "none.csv", index)
    path = tmp_path / "picture.csv"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(ObservationError, match="CSV in UTF-8"):
        read(path, index)
    with pytest.raises(ObservationError, match="is a folder"):
        read(tmp_path, index)
