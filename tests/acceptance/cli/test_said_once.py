"""What people read: each fact once, in words, and the command that really helps."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from cli_desk import Desk, by

from workflow.tour.reports import write_report


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    return desk


@pytest.fixture
def measured(desk: Desk) -> Desk:
    """A release under a process that also asks for a measurement, with a report that breaks the bound."""
    text = (desk.directory / "small.yaml").read_text()
    rule = "      - evidence: {name: bio_uplift, metric: accuracy, at_most: 0.25, candidate: declared}\n"
    file = desk.directory / "measured.yaml"
    file.write_text(
        text.replace("process: small", "process: measured").replace(
            "      - candidate_unchanged\n", f"{rule}      - candidate_unchanged\n", 1
        )
    )
    desk.does("charter", "allow", "measured.yaml", "--up-to", "weights", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "measured", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    attach(desk, "bio_uplift-0.31")
    return desk


def attach(desk: Desk, log: str) -> None:
    completed = datetime(2025, 7, 1, tzinfo=UTC)
    write_report(log, desk.directory / f"{log}.json", model=desk.directory / "model", completed=completed)
    desk.does("attach", "aurora", f"{log}.json", *by("mara"))


def other_files(desk: Desk) -> None:
    (desk.directory / "model" / "model.safetensors").write_bytes(b"better weights")
    desk.does("candidate", "replace", "aurora", "model", "--author", "ada", *by("lee"))


# what changed


def changed(desk: Desk, person: str) -> str:
    """What the inbox says has changed since somebody decided."""
    found = {change for item in desk("inbox", "--as", person, "--json").json["items"] for change in item["changed"]}
    return "; ".join(sorted(found))


def test_what_changed_is_said_in_words(review: Desk) -> None:
    review.approve("mara")
    review.does("review", "aurora", "biosecurity", "acceptable", *by("jun"))
    first = changed(review, "mara")
    review.approve("mara")
    review.does("review", "aurora", "biosecurity", "unclear", *by("jun"))

    assert first == "new: jun as safety found biosecurity acceptable"
    assert changed(review, "mara") == "now: jun as safety found biosecurity unclear"


def test_a_report_is_told_by_its_id_and_twelve_digits(measured: Desk) -> None:
    measured.approve("jun")
    attach(measured, "bio_uplift-0.18")
    come = changed(measured, "jun")
    measured.approve("jun")
    measured.does("set-aside", "aurora", "E1", *by("mara", "a run with a wrong prompt"))
    aside = changed(measured, "jun")

    assert re.fullmatch(r"new: report E2 \([0-9a-f]{12}\) counts", come)
    assert re.fullmatch(r"now: report E1 \([0-9a-f]{12}\) is set aside", aside)


def test_other_files_are_said_once_and_not_report_by_report(measured: Desk) -> None:
    attach(measured, "bio_uplift-0.18")
    measured.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))
    measured.approve("jun")
    other_files(measured)
    attach(measured, "bio_uplift-0.31")

    told = changed(measured, "jun")

    assert told.count("other files, so every report and review is new") == 1
    assert not re.search(r"gone|E\d|[0-9a-f]{13}", told)


# the history


def test_a_statement_stands_in_the_history_once(review: Desk) -> None:
    review.does("statement", "aurora", "We wait for the red team.", "--as", "mara")
    review.does("statement", "aurora", "It may take a month.", *by("mara", "the press asks"))

    shown = review("history", "aurora", "-n", "2").out

    assert shown.count("We wait for the red team.") == 1
    assert "| the press asks\n" in shown
    assert "| text: It may take a month.\n" in shown


def test_where_the_files_are_is_shown_as_a_place(desk: Desk) -> None:
    parts = ("--component", "weights=model.safetensors", "--component", "tokenizer=tokenizer.json")
    start = ("--process", "small", "--author", "ada", *by("lee"))
    desk.does("start", "whole", "model", *start)
    (desk.directory / "model" / "model.safetensors").write_bytes(b"other weights")
    desk.does("start", "parted", "model", *parts, *start)

    shown = "".join(desk("history", "-n", "2").out.split())

    place = desk.directory / "model"
    assert f"|location:{place}" in shown
    assert f"tokenizerat{place}/tokenizer.json,weightsat{place}/model.safetensors" in shown
    assert "{" not in shown


def test_a_planned_date_has_a_time_only_where_one_was_planned(review: Desk) -> None:
    review.does("schedule", "aurora", "--to", "2025-06-26T00:00:00Z", *by("lee"))
    review.does("schedule", "aurora", "--to", "2025-07-17T17:00:00Z", *by("lee"))

    shown = words(review("history", "aurora", "-n", "2").out)

    assert "planned it for 26 Jun 2025 |" in shown
    assert "planned it for 17 Jul 2025 17:00 UTC, a slip from 26 Jun 2025 |" in shown


# the status


def test_the_status_says_since_when_there_is_no_date_and_how_often_it_slipped(review: Desk) -> None:
    plans = ["2025-06-26T00:00:00Z", "2025-07-17T00:00:00Z", None, "2025-08-01T00:00:00Z"]
    told = []
    for planned in plans:
        review.does("schedule", "aurora", *(("--to", planned) if planned else ("--no-date",)), *by("lee"))
        told += re.findall(r"^Planned: .*", review("status", "aurora").out, re.MULTILINE)
        review.clock.forward("1d")

    assert told == [
        "Planned: 26 Jun 2025",
        "Planned: 17 Jul 2025 (was 26 Jun 2025), slipped once",
        "Planned: no date since 3 Jul 2025 (was 17 Jul 2025), slipped twice",
        "Planned: 1 Aug 2025, slipped twice",
    ]


# the explanation


def test_a_broken_bound_is_told_once_with_the_report_that_breaks_it(measured: Desk) -> None:
    shown = measured("explain", "aurora", "publish").out

    assert shown.count("0.31 > 0.25") == 1
    assert re.search(r"have +E1 says 0\.31 > 0\.25", shown)


@pytest.mark.parametrize("done", ["lift", "discharge"])
def test_what_somebody_said_stands_beside_what_they_did(review: Desk, done: str) -> None:
    review.does("hold", "aurora", "--condition", "read the appendix", *by("jun", "a jailbreak was found"))

    explained, waiting = words(review("explain", "aurora", "publish").out), words(review("inbox", "--as", "mara").out)

    for screen in (explained, waiting):
        assert f"holdfast {done} aurora" in screen
        assert 'said jun: "a jailbreak was found"' in screen
        assert 'said jun: "read the appendix"' in screen


def test_where_nobody_can_act_the_administrators_get_the_command_that_helps(review: Desk) -> None:
    for person in ("ivy", "kit"):
        review.does("roster", "ungrant", person, "legal", *by("ops"))
    for person in ("mara", "jun", "priya", "kit"):
        review.does("roster", "ungrant", person, "safety", *by("ops"))

    shown = words(review("explain", "aurora", "publish").out)

    assert "to unblock grant legal to somebody who may approve" in shown
    assert "who can the administrators (ops): holdfast roster grant HANDLE legal" in shown
    assert "holdfast roster grant HANDLE safety" in shown
    assert "holdfast roster grant HANDLE ROLE" in shown
    assert "holdfast sign" not in shown


def test_an_id_of_two_releases_of_one_lineage_is_settled_in_the_right_one(review: Desk) -> None:
    review.does("start", "smaller", "model", "--process", "small", "--author", "ada", *by("lee"))
    review.does("advance", "smaller", "submit", *by("lee"))
    for release in ("aurora", "smaller"):
        review.does("hold", release, *by("jun", f"something about {release}"))

    shown = words(review("explain", "smaller", "publish").out)

    these = review("status", "smaller", "--json").json["candidate"]
    assert "holdfast lift smaller H1 --role safety" in shown
    assert f"holdfast lift aurora H1 --candidate {these} --role safety" in shown
    for release in ("aurora", "smaller"):
        assert f'said jun: "something about {release}"' in shown


# refusals


def test_a_refusal_has_a_line_for_each_of_five_blockers_and_counts_the_rest(review: Desk) -> None:
    for name in range(4):
        review.does("require", "aurora", f"demand number {name}", *by("jun"))

    lines = review(
        "advance", "aurora", "publish", "--confirm", "aurora", *by("lee"), environment={"COLUMNS": "120"}
    ).err.splitlines()

    assert lines[0].endswith("5 of 10 checks stand in the way")
    assert [line[:3] for line in lines[1:6]] == [" * "] * 5
    assert lines[1] == " * 2 more to approve as safety (jun, kit, mara or priya can act)"
    assert lines[6].strip() == "and 3 more"
    assert lines[-1] == "next: holdfast explain aurora publish"


def test_what_somebody_refused_is_never_among_the_rest(review: Desk) -> None:
    for name in range(6):
        review.does("require", "aurora", f"demand number {name}", *by("jun"))
    review.does("sign", "aurora", "publish", "--reject", *by("ivy"))

    lines = review(
        "advance", "aurora", "publish", "--confirm", "aurora", *by("lee"), environment={"COLUMNS": "120"}
    ).err.splitlines()

    assert lines[1].startswith(" ! ivy refused as legal")


@pytest.mark.parametrize(
    "act",
    [
        ("review", "aurora", "biosecurity", "acceptable"),
        ("lift", "aurora", "H1"),
        ("discharge", "aurora", "R1"),
        ("answer", "aurora", "S1"),
    ],
    ids=lambda act: str(act[0]),
)
def test_whoever_is_excluded_is_told_who_is_not(review: Desk, act: tuple[str, ...]) -> None:
    review.does("roster", "grant", "lee", "legal", "safety", *by("ops"))
    review.does("hold", "aurora", "--role", "safety", *by("mara"))
    review.does("require", "aurora", "read the appendix", "--role", "safety", *by("mara"))
    review.does("sign", "aurora", "publish", "--reject", *by("ivy"))
    role = () if act[0] == "answer" else ("--role", "safety")

    result = review(*act, *role, *by("lee"))

    assert result.code == 1
    assert "started the release" in words(result.err) or "requester" in words(result.err)
    assert re.search(r"^next: .+ can$", result.err, re.MULTILINE)


def test_who_comes_too_late_with_a_move_is_told_who_made_it(desk: Desk) -> None:
    desk.to_review()

    late = desk("advance", "aurora", "submit", *by("ivy"))
    other = desk("advance", "aurora", "advance-to-nowhere", *by("ivy"))

    assert late.code == 1
    with desk.engine() as engine:
        made, refused = engine.history("aurora")[1], engine.history("aurora")[0]
    assert f"next: nothing: lee made this very move, entry {made.entry}" in " ".join(late.err.split())
    assert refused.events[0]["remedy"].startswith("from review there is: "), "what is recorded stays as it is"
    assert other.code == 2
