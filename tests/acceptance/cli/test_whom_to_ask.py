"""Whoever is turned away learns who is not: the people who could do it, and not those who would be turned away too."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by

RULE = "      - required_tests: {tests: [load], roles: [safety, legal]}\n"
BEFORE = "      - candidate_unchanged\n"


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """``aurora`` in review, with a hold and a requirement of safety's and a veto of mara's; max is nobody's yet."""
    text = (desk.directory / "small.yaml").read_text()
    text = text.replace("process: small", "process: asked").replace(BEFORE, RULE + BEFORE, 1)
    (desk.directory / "asked.yaml").write_text(text)
    desk.does("charter", "allow", "asked.yaml", "--up-to", "weights", *by("ops"))
    desk.does("roster", "add", "max", *by("ops"))
    desk.does("start", "aurora", "model", "--process", "asked", "--author", "ada", *by("lee"))
    desk.does("advance", "aurora", "submit", *by("lee"))
    desk.does("hold", "aurora", *by("jun"))
    desk.does("require", "aurora", "look again", *by("jun"))
    desk.does("sign", "aurora", "publish", "--reject", *by("mara"))
    desk.does("incident", "open", "aurora", "it leaks", "--known-since", "2025-06-30T09:00:00Z", "--as", "mara")
    return desk


SAFETY = "jun, kit, mara, priya can"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("test", "aurora", "load", "done", *by("lee")), "jun, kit, mara, priya, ivy can"),
        (("lift", "aurora", "H1", *by("ivy")), SAFETY),
        (("discharge", "aurora", "R1", *by("ivy")), SAFETY),
        (("incident", "close", "aurora", "R2", *by("ivy")), SAFETY),
        (("unsign", "aurora", "S1", *by("jun")), "mara can: holdfast unsign aurora S1"),
        (("answer", "aurora", "S1", *by("ivy")), "mara can: holdfast unsign aurora S1"),
        (("answer", "aurora", "S1", *by("jun")), "mara can: holdfast unsign aurora S1"),
        (("override", "aurora", "stop", "freeze", "--seen", "0" * 16, *by("lee")), "lets nobody override anything"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_whoever_is_refused_is_told_who_is_not(asked: Desk, args: tuple[str, ...], said: str) -> None:
    result = asked(*args)

    assert result.code == 1, result
    assert said in " ".join(result.err.split())


def test_somebody_without_a_role_is_told_who_holds_one(asked: Desk) -> None:
    result = asked("hold", "aurora", *by("max"))

    assert result.code == 2
    told = " ".join(result.err.split())
    assert "max holds no role of this process" in told
    assert "ivy (legal), jun (safety), kit (safety and legal), lee (lead), mara (safety) and priya (safety)" in told
