"""`finding` and `accept-risk`: what is wrong stands on the screen with its severity, its owner and its end."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by

RULE = "      - findings: {blocks_from: medium, accepted_by: legal, up_to: high, for_at_most: 30d}\n"
BEFORE = "      - candidate_unchanged\n"
FOUND = ("finding", "aurora", "it can be talked round", "--severity", "high", *by("mara", "seen in three runs"))


@pytest.fixture
def judged(desk: Desk) -> Desk:
    """``aurora`` in review, before a gate about findings."""
    text = (desk.directory / "small.yaml").read_text()
    file = desk.directory / "judged.yaml"
    file.write_text(text.replace("process: small", "process: judged").replace(BEFORE, RULE + BEFORE, 1))
    desk.does("charter", "allow", "judged.yaml", "--up-to", "weights", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "judged", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    return desk


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_finding_stands_in_the_way_with_its_severity_and_both_ways_to_settle_it(judged: Desk) -> None:
    done = judged.does(*FOUND)
    assert "found R1 as safety, high, to be discharged by safety" in words(done.out)

    shown = words(judged("explain", "aurora", "publish", "--no-hash").out)

    assert "findings: 1 open NOT MET: open" in shown
    assert "R1 in aurora is open (high)" in shown
    assert "holdfast discharge aurora R1, or holdfast accept-risk aurora R1 --until TIME" in shown
    assert 'said mara: "it can be talked round"' in shown


def test_an_accepted_risk_is_shown_with_its_owner_and_its_end_and_opens_again(judged: Desk) -> None:
    judged.does(*FOUND)
    until = ("--until", "2025-07-10T09:00:00Z")
    done = judged.does("accept-risk", "aurora", "R1", *until, "--role", "legal", *by("ivy", "few will meet it"))
    assert "ACCEPTED THE RISK of R1 as legal until 10 Jul 2025 09:00 UTC" in words(done.out)

    told = "accepted R1 (high) by ivy as legal until 10 Jul 2025 09:00 UTC"
    assert told in words(judged("status", "aurora").out)
    assert told in words(judged("explain", "aurora", "publish", "--no-hash").out)
    assert "finding R1 (high) by mara as safety" in words(judged("status", "aurora").out)
    assert "its risk is accepted by ivy as legal until 10 Jul 2025 09:00 UTC" in words(judged("status", "aurora").out)
    judged("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
    recorded = words(judged("history", "aurora", "-n", "1", "-v").out)
    assert "accepted: R1 (high) by ivy as legal until 10 Jul 2025 09:00 UTC" in recorded

    judged.clock.forward("9d")
    shown = words(judged("explain", "aurora", "publish", "--no-hash").out)
    assert "ignored R1 (high) by ivy as legal until 10 Jul 2025 09:00 UTC (that time has come)" in shown
    assert "R1 in aurora is open (high)" in shown
    assert judged("audit", "verify").code == 0


def test_status_says_it_as_json_too(judged: Desk) -> None:
    judged.does(*FOUND)
    judged.does("accept-risk", "aurora", "R1", "--until", "2025-07-10T09:00:00Z", *by("ivy"))

    (found,) = judged("status", "aurora", "--json").json["requirements"]

    assert (found["kind"], found["severity"], found["open"]) == ("finding", "high", True)
    assert [(word["by"], word["role"], word["ended"]) for word in found["accepted"]] == [("ivy", "legal", False)]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("finding", "aurora", "x", "--severity", "grave", *by("mara")), 2, ("'grave'", "critical")),
        (("accept-risk", "aurora", "R9", "--until", "2025-07-10T09:00:00Z", *by("ivy")), 2, ("no requirement R9",)),
        (("accept-risk", "aurora", "R1", "--until", "2025-07-10", *by("ivy")), 2, ("has no zone",)),
        (("accept-risk", "aurora", "R1", "--until", "2026-07-10T09:00:00Z", *by("ivy")), 1, ("31 Jul 2025", "at most")),
        (("accept-risk", "aurora", "R1", "--until", "2025-07-10T09:00:00Z", *by("mara")), 1, ("legal may",)),
    ],
)
def test_what_cannot_be_accepted_is_named(
    judged: Desk, args: tuple[str, ...], code: int, said: tuple[str, ...]
) -> None:
    judged.does(*FOUND)

    result = judged(*args)

    assert result.code == code
    assert all(word in words(result.err) for word in said), result.err
