"""Attacks on the way from one process to another: by those whom the easier one would ask, and by who owns the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attacked import PROCESS, WHY, Lab, refused, why
from forger import Forger, Json

from workflow import Engine, Exposure, Process, Refused

SIGNED = """\
      - sign_offs: {role: safety, count: 2, expires_after: 30d}
      - sign_offs: {role: security, count: 1, expires_after: 30d}
"""
EASY = PROCESS.replace("version: 1", "version: 2").replace(SIGNED, "      - sign_offs: {role: legal, count: 2}\n")
SHORTER = PROCESS.replace("version: 1", "version: 2").replace("      - soak: {at_least: 1h}\n", "")


def chartered(lab: Lab, text: str) -> Process:
    """Another version of the process, allowed by both administrators."""
    engine = lab.engine or lab.open()
    process = engine.load_process(lab.process(text, "second.yaml"))
    lab.agreed(engine.allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY))
    return process


@pytest.fixture
def ready(lab: Lab) -> Engine:
    """A release that would be published if nobody attacked it."""
    return lab.ready()


def test_row_25_the_signers_of_an_easier_process_let_no_release_go_on_under_it(lab: Lab, ready: Engine) -> None:
    assert EASY.count("role: legal, count: 2") == 1
    process = chartered(lab, EASY)
    ready.propose_migration("aurora", process, actor="lee", rationale=WHY)

    for person in ("ivy", "omar"):
        with pytest.raises(Refused) as refusal:
            ready.approve_migration("aurora", process, role="legal", actor=person, rationale=WHY)
        assert refusal.value.reason == "no-role"

    status = ready.status("aurora")
    assert (status.process_label, status.migrations) == ("guarded@1", ())
    assert ready.audit().outcome == "ok"


@pytest.mark.parametrize("person", ["lee", "kim"])
def test_row_25_neither_the_lead_nor_an_author_lets_their_own_release_out_of_its_process(
    lab: Lab, ready: Engine, person: str
) -> None:
    process = chartered(lab, EASY)
    lab.agreed(ready.grant("lee", ["safety"], actor="ana", rationale=WHY))
    ready.propose_migration("aurora", process, actor="lee", rationale=WHY)

    with pytest.raises(Refused) as refusal:
        ready.approve_migration("aurora", process, role="safety", actor=person, rationale=WHY)
    assert refusal.value.reason == "excluded"


def test_row_25_what_was_approved_under_one_process_opens_no_gate_of_another(lab: Lab, ready: Engine) -> None:
    migrated(lab)

    assert why(refused(lab.open())) == {("sign_offs", "sign-offs-missing")}


def migrated(lab: Lab) -> None:
    """``aurora`` goes on under a process that waits for less, as it should."""
    engine = lab.engine or lab.open()
    process = chartered(lab, SHORTER)
    engine.propose_migration("aurora", process, actor="lee", rationale=WHY)
    for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
        engine.approve_migration("aurora", process, role=role, actor=person, rationale=WHY)
    lab.close()


def last(forger: Forger) -> Json:
    """The entry that put the other process in force."""
    return next(entry for entry in forger.entries if entry["events"][-1]["type"] == "process_migrated")


def an_approval_is_missing(forger: Forger) -> None:
    forger.entries.remove(forger.find("migration_approved"))


def the_first_approval_is_enough(forger: Forger) -> None:
    made, first = last(forger), forger.find("migration_approved")
    first["events"].append({**made["events"][1], "approved_by": [first["actor"]]})
    kept = [entry for entry in forger.entries if entry["events"][0]["type"] != "migration_approved" or entry is first]
    forger.entries[:] = kept


def somebody_else_approved(forger: Forger) -> None:
    entry = forger.find("migration_approved")
    entry["actor"] = "omar"
    entry["events"][0]["binding"]["role"] = "legal"


def it_loosens_nothing(forger: Forger) -> None:
    for entry in forger.entries:
        for event in entry["events"]:
            if "loosens" in event:
                event["loosens"] = []


def nobody_proposed_it(forger: Forger) -> None:
    forger.entries.remove(forger.find("migration_proposed"))


def it_was_another_stage(forger: Forger) -> None:
    last(forger)["events"][1]["stage"] = "public"


@pytest.mark.parametrize(
    "forge",
    [
        an_approval_is_missing,
        the_first_approval_is_enough,
        somebody_else_approved,
        it_loosens_nothing,
        nobody_proposed_it,
        it_was_another_stage,
    ],
)
def test_row_25_a_migration_that_the_rules_would_not_have_made_is_named(
    lab: Lab, ready: Engine, forge: Callable[[Forger], None]
) -> None:
    migrated(lab)
    forger = Forger(lab.database)

    forge(forger)
    forger.seal()

    report = lab.open().audit()
    assert report.outcome == "failed"
    assert {problem.stream for problem in report.problems if problem.kind == "not-allowed"} == {"release/aurora"}


def test_row_25_a_process_that_was_edited_where_it_is_kept_lets_nothing_through(lab: Lab, ready: Engine) -> None:
    migrated(lab)
    forger = Forger(lab.database)
    easy = lab.open().load_process(lab.process(EASY, "easy.yaml"))
    lab.close()

    last(forger)["events"][1]["process"] = forger.blob(easy.canonical)
    forger.seal()

    report = lab.open().audit()
    assert report.outcome == "failed"
    assert "not-allowed" in {problem.kind for problem in report.problems}
