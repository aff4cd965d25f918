"""``process diff``: what another process asks less of, what more, and what is only other."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import PROCESS, Desk

LOOSER = """\
from small@1, OLD, to small@2, NEW
  `publish`, IRREVERSIBLE: 1 loosens, 1 tightens
LOOSENS   In `publish`, `soak` is gone (at_least 24h).
          transitions.publish.gate.soak
TIGHTENS  In `publish`, `sign_offs safety`: `count` goes from 2 to 3.
          transitions.publish.gate.sign_offs.safety.count
alters    The version goes from 1 to 2.
          version
"""


@pytest.fixture
def second(desk: Desk) -> Desk:
    """A second version of the process beside the first, which waits for less and asks more people."""
    text = PROCESS.read_text("utf-8").replace("version: 1", "version: 2")
    text = text.replace("      - soak: {at_least: 24h}\n", "").replace(
        "sign_offs: {role: safety, count: 2}", "sign_offs: {role: safety, count: 3}"
    )
    (desk.directory / "second.yaml").write_text(text, "utf-8")
    return desk


def digest(desk: Desk, name: str) -> str:
    found: str = desk("process", "show", name, "--json").json["digest"]
    return found


def test_what_loosens_is_said_first_and_each_with_its_place(second: Desk) -> None:
    result = second("process", "diff", "small.yaml", "second.yaml")

    short = {name: f"{digest(second, name)[:4]}..{digest(second, name)[-4:]}" for name in ("small.yaml", "second.yaml")}
    expected = LOOSER.replace("OLD", short["small.yaml"]).replace("NEW", short["second.yaml"])
    assert (result.code, result.out, result.err) == (0, expected, "")


def test_a_script_gets_the_same_with_whole_digests(second: Desk) -> None:
    answer = second("process", "diff", "small", "second.yaml", "--json").json

    assert answer["old"] == {"process": "small@1", "digest": digest(second, "small")}
    assert answer["new"] == {"process": "small@2", "digest": digest(second, "second.yaml")}
    assert answer["gates"] == [{"trigger": "publish", "irreversible": True, "loosens": 1, "tightens": 1, "alters": 0}]
    assert answer["differences"] == [
        {
            "place": "transitions.publish.gate.soak",
            "effect": "loosens",
            "text": "In `publish`, `soak` is gone (at_least 24h).",
        },
        {
            "place": "transitions.publish.gate.sign_offs.safety.count",
            "effect": "tightens",
            "text": "In `publish`, `sign_offs safety`: `count` goes from 2 to 3.",
        },
        {"place": "version", "effect": "alters", "text": "The version goes from 1 to 2."},
    ]


def test_a_process_is_named_by_file_name_or_digest_and_does_not_differ_from_itself(desk: Desk) -> None:
    names = ("small", "small.yaml", digest(desk, "small"))

    for name in names:
        result = desk("process", "diff", "small", name)
        assert (result.code, result.out.splitlines()[1:]) == (0, ["They are the same."])
        assert desk("process", "diff", name, "small", "--json").json["differences"] == []


def test_the_ready_made_processes_are_compared_without_a_ledger(tmp_path: Path) -> None:
    result = Desk(tmp_path)("process", "diff", "hosted_api", "open_weights", "--quiet")

    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize("wrong", ["smal", "absent.yaml", "0" * 64])
def test_what_is_no_process_is_told_on_either_side(desk: Desk, wrong: str) -> None:
    for names in ((wrong, "small"), ("small", wrong)):
        result = desk("process", "diff", *names)
        assert result.code == 2
        assert wrong[:12] in result.err
