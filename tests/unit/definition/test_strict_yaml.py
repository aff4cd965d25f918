"""Which YAML is taken, and where a mistake in any other is said to stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_texts import HERE, SIMPLE, marked_line

from workflow.definition import load_process
from workflow.definition.lines import MAX_BYTES, MAX_DEPTH, MAX_NAMED, parse
from workflow.errors import DefinitionError, NotFound
from workflow.registry import Registry


def refused(raw: bytes | str) -> list[tuple[int, str]]:
    with pytest.raises(DefinitionError) as caught:
        parse(raw.encode() if isinstance(raw, str) else raw, "p.yaml")
    assert caught.value.remedy
    assert {problem.file for problem in caught.value.problems} == {"p.yaml"}
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_every_scalar_is_the_text_that_was_written() -> None:
    data, _ = parse(b"a: no\nb: 1e3\nc: 0x10\nd: 2025-07-11\ne: null\nf: '1'\ng:\nh: >-\n  one\n  two\n", "p.yaml")

    assert data == {
        "a": "no",
        "b": "1e3",
        "c": "0x10",
        "d": "2025-07-11",
        "e": "null",
        "f": "1",
        "g": "",
        "h": "one two",
    }


def test_mappings_keep_their_order_and_every_part_has_its_line() -> None:
    data, places = parse(b"# first\nb:\n  - x\n  - k: [u,\n      v]\na: 1\n", "p.yaml")

    assert list(data) == ["b", "a"]
    assert places.lines == {
        (): 2,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "k"): 4,
        ("b", 1, "k", 0): 4,
        ("b", 1, "k", 1): 5,
        ("a",): 6,
    }


MISTAKES = {
    "an anchor": (f"a: &x b {HERE}\n", "an anchor (&x)"),
    "an alias": (f"a: 1\nb: *x {HERE}\n", "an alias (*x)"),
    "a tag": (f"a: 1\nb: !!python/object:os.system ls {HERE}\n", "a tag"),
    "a tag on a mapping": (f"a: !x {HERE}\n  b: c\n", "a tag (!x)"),
    "the tag that says nothing": (f"a: ! b {HERE}\n", "a tag (!)"),
    "a merge": (f"a:\n  <<: {{b: c}} {HERE}\n", "a merge (<<)"),
    "a key that stands twice": (f"a: 1\nb: 2\na: 3 {HERE}\n", "stands twice, first in line 1"),
    "a key that stands twice in a flow mapping": (f"x: {{a: 1,\n  a: 2}} {HERE}\n", "stands twice"),
    "a key that is the same in another normal form": (f"caf\u00e9: 1\ncafe\u0301: 2 {HERE}\n", "stands twice"),
    "a list as a key": (f"a: 1\n? [b] {HERE}\n: c\n", "a key must be a plain text"),
    "a second document": (f"a: 1\n--- {HERE}\nb: 2\n", "a second document"),
    "a version directive": (f"%YAML 1.1 {HERE}\n---\na: 1\n", "a directive"),
    "a tag directive": (f"%TAG ! tag:x,2000: {HERE}\n---\na: 1\n", "a directive"),
    "a tab as indentation": (f"a:\n\tb: c {HERE}\n", "not YAML"),
    "a value after a value": (f"a: 1\nb: c: d {HERE}\n", "not YAML"),
    "a list that does not end": (f"a: 1\nb: [c\nd: e {HERE}\n", "while parsing a flow sequence, begun in line 2"),
    "a control character": (f"a: 1\nb: c\x07d {HERE}\n", "U+0007"),
    "a text that runs backwards": (f"a: 1\n# \u202egnikcehc {HERE}\n", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    "a line break that no editor counts": (f"a: 1\nb: c\u2028d {HERE}\n", "U+2028 LINE SEPARATOR"),
    "a carriage return inside a line": (f"a: 1\nb: c\rd: e {HERE}\n", "U+000D"),
    "an escape that stands for nothing visible": (f'a: 1\nb: "c\\0d" {HERE}\n', "U+0000"),
    "half a surrogate pair": (f'a: 1\nb: "\\ud800" {HERE}\n', "U+D800"),
    "a character beyond Unicode": (f'a: 1\nb: "\\Uffffffff" {HERE}\n', "not YAML"),
    "a directive of absurd size": (f"%YAML 1.{'9' * 5000} {HERE}\n--- a\n", "not YAML"),
}


@pytest.mark.parametrize(("text", "words"), MISTAKES.values(), ids=MISTAKES)
def test_what_a_process_does_not_need_is_refused_at_its_line(text: str, words: str) -> None:
    line, message = refused(text)[0]

    assert line == marked_line(text)
    assert words in message


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert refused(text) == [(1, "there is nothing in the file")]


def test_bytes_that_are_not_utf_8_are_refused_at_their_line() -> None:
    assert refused(b"a: 1\nb: caf\xe9\n") == [(2, "not UTF-8: save the file in that encoding")]
    assert refused("a: 1\n".encode("utf-16"))[0][1].startswith("not UTF-8")


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    data, places = parse("\ufeffa: 1\r\nb: 2\r\n".encode(), "p.yaml")

    assert data == {"a": "1", "b": "2"}
    assert places.lines["b",] == 2


def test_a_file_above_the_limit_is_refused_unread() -> None:
    assert refused(b"#" * MAX_BYTES + b"#")[0][1].startswith("larger than 256 KiB")
    assert refused(b"#" * MAX_BYTES) == [(1, "there is nothing in the file")]


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "], ids=["lists", "mappings", "blocks"])
def test_nesting_is_taken_up_to_the_limit_and_refused_beyond_without_reading_on(bracket: str) -> None:
    beyond = refused(bracket * 50_000)

    assert beyond == [(1, f"nested deeper than {MAX_DEPTH} levels")]


def test_nesting_at_the_limit_is_taken() -> None:
    data, _ = parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "p.yaml")

    assert str(data) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_every_mistake_of_the_form_is_named_and_a_flood_of_them_is_cut() -> None:
    assert [line for line, _ in refused("a: &x 1\nb: !y 2\na: 3\n")] == [1, 2, 3]
    assert len(refused("a: 1\n" * 1000)) == MAX_NAMED


def test_the_message_names_file_line_and_next_step(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("process: a\nprocess: b\n")

    with pytest.raises(DefinitionError) as caught:
        load_process(path, Registry())

    assert f"{path}:2: process: stands twice, first in line 1" in str(caught.value)
    assert caught.value.remedy is not None
    assert "holdfast process check" in caught.value.remedy
    assert caught.value.diagnostics()["problems"][0]["line"] == 2


@pytest.mark.parametrize("name", ["absent.yaml", ".", "x" * 5000, "a\0b"])
def test_what_is_no_file_is_refused_with_the_next_step(tmp_path: Path, name: str) -> None:
    with pytest.raises((NotFound, DefinitionError)) as caught:
        load_process(tmp_path / name, Registry())

    assert caught.value.remedy


PIECES = st.sampled_from(
    [*SIMPLE.split(), *SIMPLE.splitlines(keepends=True), *"\n\t-?:{}[],&*!|>'\"%@`#~<", "\n  ", ": ", "\\", "---", "\0"]
)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_data_or_refused(raw: bytes) -> None:
    try:
        data, places = parse(raw, "p.yaml")
    except DefinitionError as error:
        assert error.problems
        assert all(problem.line >= 1 for problem in error.problems)
    else:
        assert isinstance(data, str | list | dict)
        assert () in places.lines


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_pieces_of_a_process_are_a_process_or_refused(text: str) -> None:
    try:
        load_process("\n" + text, Registry())
    except DefinitionError as error:
        assert error.problems


@given(st.integers(0, len(SIMPLE)), st.integers(0, 40), PIECES)
def test_a_process_with_a_passage_overwritten_is_a_process_or_refused(start: int, length: int, piece: str) -> None:
    text = SIMPLE[:start] + piece + SIMPLE[start + length :]

    try:
        load_process(text, Registry())
    except DefinitionError as error:
        assert error.problems
        assert [problem.line for problem in error.problems] == sorted(problem.line for problem in error.problems)
