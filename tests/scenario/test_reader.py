from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ScenarioError
from forecast.scenario.reader import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_PROBLEMS,
    MAX_TEXT,
    parse,
    plain,
    read,
)


def _read(text):
    root, problems = parse(text, name="x.yaml")
    assert not problems
    return plain(root)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1e9", 1e9), ("10e9", 1e10), ("1.5", 1.5), (".5", 0.5), ("+3", 3), ("-3", -3), ("007", 7), ("1_000", "1_000"),
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("2024-01-01", "2024-01-01"), ("12:30", "12:30"), ("0x1F", "0x1F"),
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None), ('"1e9"', "1e9"), ("'no'", "no"),
        ("1e", "1e"), ("2.4x/yr", "2.4x/yr"), ("Nullable", "Nullable"), ("[1, 2e3]", [1, 2e3]), ("{a: 1}", {"a": 1}),
        ("99999999999999999999", 1e20),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(written, meant):
    value = _read(f"key: {written}")["key"]
    assert value == meant
    assert isinstance(value, type(meant))


def test_nodes_know_where_they_and_their_keys_stand():
    root, _ = parse("a: 1\nb:\n  - c: [x,\n      y]\n", name="x.yaml")
    item = root.entries["b"].value[0]
    last = item.entries["c"].value[1]
    assert (root.entries["b"].key.line, root.entries["b"].key.column) == (2, 1)
    assert (item.entries["c"].key.line, item.entries["c"].key.column) == (3, 5)
    assert (last.where.line, last.where.column) == (4, 7)
    assert str(last.where) == "x.yaml:4"


@pytest.mark.parametrize("name", ["baseline", "data-wall"])
def test_both_parsers_read_the_same(name, monkeypatch):
    text = (Path(__file__).parents[2] / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    quick = parse(text, name="x")
    monkeypatch.delattr("yaml.CSafeLoader")
    assert parse(text, name="x") == quick


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\rc: 3\n")
    root, _ = read(path)
    assert plain(root) == {"a": 1, "b": 2, "c": 3}
    assert root.entries["c"].where.line == 3


BOMB = "a: &a [x, x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

UNREADABLE = {
    "binary junk": (bytes(range(256)) * 10, "not text (it holds a zero byte)"),
    "not utf-8": (b"a: \xff\xfe1", "1:4: is not UTF-8 text (byte 0xff)"),
    "utf-16": ("name: x".encode("utf-16"), "UTF-16"),
    "zero byte": (b"a: 1\nb: \0", "2:4: is not text (it holds a zero byte)"),
    "terminal escape": (b"a: \x1b[31mred", "1:4: a control character U+001B"),
    "terminal escape in a middle line": (
        b"a: 1\nb: 2\nc: \x1b[31mred\nd: 3\n",
        "3:4: a control character U+001B",
    ),
    "direction mark": ("a: x\u202ey".encode(), "U+202E"),
    "line separator": ("a: x\u2028b: 1".encode(), "U+2028"),
    "empty": (b"", "is empty"),
    "only a comment": (b"# nothing\n", "is empty"),
    "a list": (b"- 1\n- 2\n", "holds a list"),
    "a text": (b"hello", 'holds "hello"'),
    "300,000-deep list": (b"a: " + b"[" * 300_000, "the line has 300,003 characters"),
    "deep list over lines": (b"a:\n" + b" [\n" * 100_000, f"nested more than {MAX_DEPTH} deep"),
    "deep block list": (b"- " * 2_000, f"nested more than {MAX_DEPTH} deep"),
    "deep maps": (b"{a: " * 2_000, f"nested more than {MAX_DEPTH} deep"),
    "alias bomb": (BOMB.encode(), "1:4: anchors and aliases"),
    "alias": (b"a: 1\nb: *a\n", "2:4: anchors and aliases"),
    "tag": (
        b"a: !!python/object/apply:os.system [ls]",
        "1:4: the tag tag:yaml.org,2002:python/object/apply:os.system",
    ),
    "plain tag": (b"a: ! 3", "the tag ! is not allowed"),
    "two documents": (b"a: 1\n---\nb: 2\n", "2:1: a second document"),
    "list as key": (b"? [1, 2]\n: 3\n", "cannot be a key"),
    "unclosed": (b"a: [1, 2\nb: 3\n", "2:2: is not valid YAML"),
    "tab": (b"a:\n\tb: 1\n", "2:1: is not valid YAML"),
    "many nodes": (b"a: [" + b",\n".join([b"1"] * 30_000) + b"]", "holds more than 20,000 values"),
    "too large": (b"a: 1\n" * (MAX_BYTES // 5 + 1), "bytes; at most"),
    "long line": (b"a: " + b"x" * 20_000, "the line has 20,003 characters"),
    "absurd version": (b"%YAML " + b"9" * 5_000 + b".1\n---\na: 1\n", "is not valid YAML"),
    "absurd escape": (b'a: "\\UFFFFFFFF"\n', "is not valid YAML"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_ends_quickly_with_one_message(case, tmp_path, on_record):
    data, message = UNREADABLE[case]
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    start = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        read(path)
    assert time.process_time() - start < 5
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == 1
    assert message in str(caught.value)
    assert str(caught.value).isprintable()
    on_record([str(caught.value)])


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    cases = {
        tmp_path / "absent.yaml": "no such file",
        tmp_path: "is a folder",
        tmp_path / "pipe.yaml": "is a pipe or a device",
        Path("/dev/zero"): "is a pipe or a device",
        tmp_path / "loop.yaml": "cannot be opened",
        tmp_path / "zero\0.yaml": "cannot be opened",
        tmp_path / ("x" * 5_000): "cannot be opened",
    }
    for path, message in cases.items():
        with pytest.raises(ScenarioError, match=message):
            read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", '3:1: a: the key "a" stands twice; first in line 1'),
        ("a: .nan\n", "1:4: a: .nan is no finite number"),
        ("a: -.inf\n", "1:4: a: -.inf is no finite number"),
        ("a: NaN\n", "1:4: a: NaN is no finite number"),
        ("a: Infinity\n", "1:4: a: Infinity is no finite number"),
        ("a: 1e999\n", "1:4: a: 1e999 is too large for a number"),
        ("<<: {a: 1}\n", "1:1: <<: merge keys"),
        ('a: "\\e[31m"\n', "1:4: a: a text holds the control character U+001B"),
        ('"\\e[31m": 1\n', ": a key is empty"),
        ("a: >\n" + "  0123456789\n" * 300, "1:4: a: a text has 3,300 characters"),
    ],
)
def test_mistakes_in_values_do_not_hide_the_others(text, message, on_record):
    root, problems = parse(text + "z: .inf\n", name="x.yaml")
    assert len(problems) == 2
    assert message in str(problems[0])
    on_record([str(each) for each in problems])
    assert root.entries["z"].where.line == text.count("\n") + 1


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:{}[]-?&*!|>'\"%@`#, \n\t0.e~<"), max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ScenarioError):
        root, _ = parse(text, name="x.yaml")
        assert isinstance(root.value, dict)


def test_limits_admit_what_they_name_and_no_more():
    deep = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert parse(deep, name="x.yaml")[1] == []
    with pytest.raises(ScenarioError, match=f"nested more than {MAX_DEPTH} deep"):
        parse(deep.replace("[]", "[[]]"), name="x.yaml")
    # The map and its key count as well.
    many = "a: [" + ",\n".join(["1"] * (MAX_NODES - 3)) + "]"
    assert len(_read(many)["a"]) == MAX_NODES - 3
    with pytest.raises(ScenarioError, match="holds more than 20,000 values"):
        parse(many.replace("]", ",\n1]"), name="x.yaml")
    assert _read("a: " + "x" * MAX_TEXT)["a"] == "x" * MAX_TEXT
    assert list(_read("x" * 1000 + ": 1")) == ["x" * 1000]
    line = "#" * 10_000
    assert _read(f"{line}\na: 1") == {"a": 1}
    with pytest.raises(
        ScenarioError, match=r"x.yaml:2:10001: the line has 10,001 characters; at most 10,000"
    ):
        parse(f"a: 1\n{line}#", name="x.yaml")
    # One more than is shown, so that whoever shows them can say that there are more.
    assert len(parse("".join(f"a{n}: .inf\n" for n in range(150)), name="x.yaml")[1]) == MAX_PROBLEMS + 1


def test_whole_numbers_stay_whole_as_long_as_they_are_exact():
    written = {
        "9007199254740993": int,
        "+12": int,
        "1234567890123456": int,
        "12345678901234567": float,
        "12.0": float,
    }
    for text, kind in written.items():
        value = _read(f"a: {text}")["a"]
        assert (type(value), value) == (kind, kind(float(text)) if kind is float else int(text))
