"""Where pins stand in a configuration: all else of it stays, and what cannot be told is not guessed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from workflow import InvalidInput
from workflow.cli.pinning import write_pins
from workflow.pins import checked_pins

PINS = {1: "a" * 64, 12: "b" * 64}
SAID = [f"1:{'a' * 64}", f"12:{'b' * 64}"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hints = false",
        "hints = false\n",
        "pinned = []\n",
        f'pinned = ["1:{"c" * 64}"] # ours\nhints = false\n',
        f'pinned   =   [\n  # the genesis\n  "1:{"c" * 64}",\n]\n\n[observers]\ncalendar = "a:b"\n',
        '[observers]\ncalendar = "a:b"\n',
        'policies = [\n    "a:b",\n]\n[observers] # none\n',
    ],
)
def test_pins_are_written_and_all_else_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(text)

    write_pins(file, PINS)

    assert tomllib.loads(file.read_text()) == {**tomllib.loads(text), "pinned": SAID}
    assert [path.name for path in tmp_path.iterdir()] == ["holdfast.toml"]


@pytest.mark.parametrize(
    "text",
    ["'pinned' = []\n", 'policies = [\n["a"],\n]\n', 'actor = """\npinned = []\n"""\n', "this is no TOML\n"],
    ids=["quoted", "a list in a list", "within a text", "no TOML"],
)
def test_where_they_belong_cannot_be_told_the_file_stays_and_it_is_said_what_to_write(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(text)

    with pytest.raises(InvalidInput) as caught:
        write_pins(file, PINS)

    assert file.read_text() == text
    assert SAID[0] in (caught.value.remedy or "")


@pytest.mark.parametrize("pins", [{0: "a" * 64}, {-1: "a" * 64}, {1: "a" * 63}, {1: "A" * 64}, {1: ""}])
def test_what_pins_nothing_is_a_mistake(pins: dict[int, str]) -> None:
    with pytest.raises(InvalidInput, match="pins nothing"):
        checked_pins(pins)
