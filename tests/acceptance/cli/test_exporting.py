"""``audit export``: one file for somebody who has no ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_desk import Desk

from workflow.pack import PackReader


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With a release that was started and moved on."""
    desk.to_review()
    return desk


def test_a_pack_is_written_and_says_what_is_in_it(desk: Desk) -> None:
    result = desk.does("audit", "export", "aurora", "-o", "aurora.pack")

    with PackReader.open(desk.directory / "aurora.pack") as pack:
        view = pack.view
    told = " ".join(result.out.split())
    assert view.release == "aurora"
    assert f"in it {view.entries} entries; {len(view.streams)} streams; {view.texts} texts" in told
    assert "checkpoint none" in told
    assert "holdfast audit verify --pack" in result.err


def test_what_was_left_out_is_said_and_listed_for_scripts(desk: Desk) -> None:
    told = desk.does("audit", "export", "aurora", "-o", "a.pack", "--withhold", "1:rationale", "--digests-only").out
    found = json.loads(desk.does("audit", "export", "aurora", "-o", "b.pack", "--no-texts", "--json").out)

    assert "the text rationale of entry 1" in told
    assert found["file"] == str(desk.directory / "b.pack")
    assert found["texts"] == 0
    assert {"entry": 1, "name": "rationale"}.items() <= found["withheld_texts"][0].items()


def test_what_is_there_is_replaced_only_where_that_is_said(desk: Desk) -> None:
    place = desk.directory / "aurora.pack"
    desk.does("audit", "export", "aurora", "-o", "aurora.pack", "--no-texts")
    first = place.read_bytes()

    refused = desk("audit", "export", "aurora", "-o", "aurora.pack")
    assert (refused.code, place.read_bytes()) == (2, first)
    assert "is there already" in refused.err

    desk.does("audit", "export", "aurora", "-o", "aurora.pack", "--replace")
    assert place.read_bytes() != first


def test_what_is_something_else_is_never_replaced(desk: Desk) -> None:
    for format_ in ("pack", "jsonl"):
        result = desk("audit", "export", "aurora", "-o", "holdfast.db", "--replace", "--format", format_)

        assert result.code == 2
        assert "something else" in result.err
    assert (desk.directory / "holdfast.db").read_bytes().startswith(b"SQLite format 3")


def test_lines_are_what_history_tells_oldest_first(desk: Desk) -> None:
    desk.does("audit", "export", "aurora", "-o", "aurora.jsonl", "--format", "jsonl")
    whole = json.loads(desk.does("audit", "export", "--all", "-o", "all.jsonl", "--format", "jsonl", "--json").out)

    lines = [json.loads(line) for line in (desk.directory / "aurora.jsonl").read_text().splitlines()]
    told = json.loads(desk.does("history", "aurora", "--json", "--limit", "1000").out)
    assert lines == told[::-1]
    entries = [json.loads(line)["entry"] for line in (desk.directory / "all.jsonl").read_text().splitlines()]
    assert entries == list(range(1, whole["size"] + 1))
    assert whole["release"] is None


MISTAKES = {
    "no release": ("-o", "a.pack"),
    "a release that is not there": ("nobody", "-o", "a.pack"),
    "all in a pack": ("--all", "-o", "a.pack"),
    "a release and all": ("aurora", "--all", "-o", "a.pack", "--format", "jsonl"),
    "another format": ("aurora", "-o", "a.pack", "--format", "csv"),
    "a choice that is for packs": ("aurora", "-o", "a.pack", "--format", "jsonl", "--no-texts"),
    "a text that is not there": ("aurora", "-o", "a.pack", "--withhold", "1:poem"),
    "a size that never was": ("aurora", "-o", "a.pack", "--since", "1000"),
    "a folder that is not there": ("aurora", "-o", "no/a.pack"),
    "a checkpoint that is not there": ("aurora", "-o", "a.pack", "--checkpoint", "none"),
    "an empty place": ("aurora", "-o", ""),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_one_clear_error_and_leaves_nothing(what: str, desk: Desk) -> None:
    before = sorted(desk.directory.iterdir())

    result = desk("audit", "export", *MISTAKES[what])

    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") <= 6
    assert "Traceback" not in result.err
    assert sorted(desk.directory.iterdir()) == before


def test_a_note_of_another_ledger_does_not_go_into_a_pack(desk: Desk) -> None:
    other = Path(__file__).parents[2] / "golden" / "packs" / "aurora-fix.pack"
    with PackReader.open(other) as pack:
        (desk.directory / "checkpoint").write_bytes(pack.checkpoint or b"")

    result = desk("audit", "export", "aurora", "-o", "a.pack", "--checkpoint", "checkpoint")

    assert result.code == 3
    assert "not of this ledger" in result.err
    assert not (desk.directory / "a.pack").exists()
