"""``audit overrides``, ``audit slips`` and ``audit coverage`` on the screen and as JSON."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cli_desk import Desk, by

from tests.golden.keeping import HERE, Kept

WEIGHTS = hashlib.sha256(b"weights of aurora").hexdigest()
STRANGE = "ab" * 32


@pytest.fixture(scope="module")
def overridden(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The golden ledger in which a policy was overridden."""
    directory = tmp_path_factory.mktemp("overridden")
    Kept.read(HERE / "overridden").restore(f"sqlite:///{directory / 'holdfast.db'}").close()
    (directory / "holdfast.toml").write_text('database = "sqlite:///holdfast.db"\n')
    return Desk(directory)


def test_an_override_is_told_with_people_reasons_and_review(overridden: Desk) -> None:
    screen = overridden("audit", "overrides").out

    assert screen.splitlines()[0] == "2 exceptions; 0 reviews still to be done, 0 overdue."
    assert "   27  mara and jun as safety  1 Jul 2025 09:33 UTC" in screen
    assert "OVERRIDE: passed `soak` of `host` by override; lee moved it" in screen
    assert '| jun: "jun has a reason"' in screen
    assert "review R1 by legal: done by ivy, entry 32" in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_json_is_the_library_s_own(overridden: Desk) -> None:
    with overridden.engine() as engine:
        expected = [item.model_dump(mode="json") for item in engine.exceptions("aurora")]

    assert overridden("audit", "overrides", "aurora", "--json").json == expected


def test_nothing_is_said_plainly(desk: Desk) -> None:
    assert desk("audit", "overrides").out == "No exception: nothing passed otherwise than by the plain rule.\n"
    assert desk("audit", "slips").out == "No date was ever planned.\n"
    assert desk("audit", "slips", "--json").json == []
    assert desk("audit", "overrides", "nebula").code == 2


def test_slips_say_from_what_to_what_and_how_late(desk: Desk) -> None:
    desk.to_review()
    desk.does("schedule", "aurora", "--to", "2025-07-11T00:00:00Z", *by("lee"))
    assert "planned for 11 Jul 2025; never slipped." in desk("audit", "slips").out
    desk.does("schedule", "aurora", "--to", "2025-07-14T00:00:00Z", *by("lee", "The tests take longer."))
    desk.clock.forward("14d")
    desk.does("schedule", "aurora", "--no-date", *by("lee"))

    screen = " ".join(desk("audit", "slips", "aurora").out.split())

    assert screen.startswith("aurora: planned for no date, at first for 11 Jul 2025; slipped twice.")
    assert "from 11 Jul 2025 to 14 Jul 2025, 3 days later told by lee on 1 Jul 2025 " in screen
    assert ": 9 days 15 hours before the date that stood" in screen
    assert '| "The tests take longer."' in screen
    assert "from 14 Jul 2025 to no date told by lee on 15 Jul 2025 " in screen
    assert ": 1 day 9 hours AFTER that date had passed" in screen
    assert [len(item["changes"]) for item in desk("audit", "slips", "--json").json] == [2]


def test_a_date_after_none_is_no_slip_here_or_in_the_status(desk: Desk) -> None:
    desk.to_review()
    for date in (("--to", "2025-07-11T00:00:00Z"), ("--no-date",), ("--to", "2025-07-20T00:00:00Z")):
        desk.does("schedule", "aurora", *date, *by("lee"))

    screen = " ".join(desk("audit", "slips", "aurora").out.split())

    assert "slipped once, in all 9 days later." in screen
    assert "from no date to 20 Jul 2025; no slip, as no date stood" in screen
    assert "slipped once" in desk("status", "aurora").out
    (found,) = desk("audit", "slips", "--json").json
    assert (found["slips"], [item["slip"] for item in found["changes"]]) == (1, [True, False])


@pytest.fixture
def out(desk: Desk) -> Desk:
    desk.ready()
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
    return desk


def test_every_digest_that_went_through_here_is_exit_code_0(out: Desk) -> None:
    (out.directory / "list").write_text(f"{WEIGHTS}  model.safetensors\n")

    result = out("audit", "coverage", "list")

    assert result.code == 0
    assert "1 of 1 digest released as far as weights;" in result.out
    assert "aurora, entry" in result.out


@pytest.mark.parametrize("written", ["list", "-"])
def test_one_that_never_did_is_exit_code_1_and_stands_first(out: Desk, written: str) -> None:
    text = f"{WEIGHTS}  model.safetensors\n{STRANGE}  strange\x1b[2J.bin\n"
    (out.directory / "list").write_text(text)

    result = out("audit", "coverage", written, typed=text if written == "-" else None)

    assert result.code == 1
    assert result.out.splitlines()[1].startswith(" ! UNKNOWN: strange\\x1b[2J.bin")
    assert STRANGE in result.out
    assert " + released: model.safetensors" in result.out


def test_one_that_was_here_and_was_not_released_is_an_answer_of_its_own(desk: Desk) -> None:
    desk.to_review()
    (desk.directory / "list.json").write_text(json.dumps({"weights": WEIGHTS}))

    result = desk("audit", "coverage", "list.json")

    assert result.code == 1
    assert " ! KNOWN, NOT RELEASED: weights" in result.out
    assert "got as far as internal" in result.out
    assert desk("audit", "coverage", "list.json", "--exposure", "internal").code == 0
    (line,) = desk("audit", "coverage", "list.json", "--json").json["lines"]
    assert (line["answer"], line["places"][0]["exposed"]) == ("known", "internal")


@pytest.mark.parametrize("content", [b"", b"no digest\n", b"\x00\xff"])
def test_a_list_without_digests_is_no_answer(desk: Desk, content: bytes) -> None:
    (desk.directory / "list").write_bytes(content)

    result = desk("audit", "coverage", "list")

    assert (result.code, result.out) == (2, "")


def test_a_list_that_is_not_there_is_said(desk: Desk, tmp_path: Path) -> None:
    assert desk("audit", "coverage", str(tmp_path / "nowhere")).code == 2
