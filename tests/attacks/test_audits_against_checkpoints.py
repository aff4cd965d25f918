"""A checkpoint that somebody kept, and a ledger that was rewritten, cut off or put back since."""

from __future__ import annotations

from pathlib import Path

import pytest
from attacked import BOTH, WHY, Lab
from forger import Forger
from signed_lab import SignedLab

from tests.attacks.owned import tampering
from workflow import AuditReport, InvalidInput, open_engine
from workflow.ledger.note import ED25519, NoteKey

pytestmark = BOTH


@pytest.fixture
def note(copy: Lab) -> str:
    """What the log signed, with its key named in the ledger; the lab goes on after that."""
    with open_engine(copy.url, log_key=copy.directory / "log", clock=copy.clock) as engine:
        vkey = engine.new_log_key()
        change = engine.name_log_key(vkey, actor="ana", rationale=WHY)
        copy.engine = engine
        copy.agreed(change)
        found = engine.checkpoint().note
        engine.correct_clock(actor="ana", rationale=WHY)
        copy.engine = None
    return found


def against(lab: Lab, note: str, **more: object) -> AuditReport:
    report = lab.open().audit(checkpoints=[note], **more)  # type: ignore[arg-type]
    lab.close()
    return report


def kinds(report: AuditReport) -> set[str]:
    return {problem.kind for problem in report.problems}


def test_a_ledger_that_goes_on_from_it_is_whole_and_says_how_far_it_fits(copy: Lab, note: str) -> None:
    report = against(copy, note)
    size = report.size - 1

    assert (report.outcome, report.problems) == ("ok", ())
    assert report.trusted == (f"entries 1 to {size} are those of the checkpoint of {size} entries",)
    assert report.not_covered[-1] == "whether entries after the remembered ones were cut off or rewritten"


def test_a_history_rewritten_before_it_is_named_though_every_hash_fits(copy: Lab, note: str) -> None:
    forger = Forger(copy.database)
    forger.find("scheduled")["actor"] = "lee"
    forger.find("scheduled")["texts"]["rationale"] = forger.text("for another reason")
    forger.seal()

    report = against(copy, note)

    assert "rewritten" in kinds(report)
    assert not any("those of the checkpoint" in line for line in report.trusted)


def test_a_cut_off_or_older_ledger_is_named(copy: Lab, note: str) -> None:
    forger = Forger(copy.database)
    del forger.entries[-4:]
    forger.seal()

    report = against(copy, note)

    assert "rolled-back" in kinds(report)


def test_one_of_another_ledger_is_named(copy: Lab, note: str, tmp_path: Path) -> None:
    other = Lab(tmp_path / "other")
    other.directory.mkdir()
    other.create()

    report = other.open().audit(checkpoints=[note])

    assert kinds(report) & {"rewritten", "rolled-back"}
    other.close()


def test_one_that_nobody_vouches_for_leaves_the_audit_incomplete(copy: Lab, note: str) -> None:
    report = against(copy, note, log_keys=[str(NoteKey("holdfast.example/log", ED25519, bytes(32)))])

    assert report.outcome == "incomplete"


def test_what_is_no_checkpoint_is_no_anchor(copy: Lab) -> None:
    with pytest.raises(InvalidInput, match="this is no checkpoint"):
        against(copy, "anything")


def test_damage_leaves_what_is_before_it(copy: Lab, note: str) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = 30")

    report = against(copy, note)

    assert report.first_bad == 30
    assert report.trusted[0].startswith("entries 1 to 29")


def test_where_nobody_signs_everything_is_what_the_host_says(copy: Lab) -> None:
    report = copy.open().audit()

    assert (report.signed_facts, report.signers) == ({}, ())
    assert sum(report.asserted_facts.values()) == report.entries


def test_signed_facts_stand_apart_from_what_the_host_says(rewritten: SignedLab) -> None:
    report = rewritten.open().audit()

    assert sum(report.signed_facts.values()) == report.signatures > 20
    assert sum(report.signed_facts.values()) + sum(report.asserted_facts.values()) == report.entries
    assert {signer.actor for signer in report.signers} > {"ana"}


def test_row_13_a_checkpoint_vouches_for_no_entry_whose_bytes_were_altered_beside_their_hash(
    copy: Lab, note: str
) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, 'mara', 'kara') WHERE seq = 60")

    report = against(copy, note)

    assert (report.outcome, report.first_bad) == ("failed", 60)
    told = [line for line in report.trusted if "those of the checkpoint" in line]
    assert told and all(line.endswith("but for what is named as damaged") for line in told)


def test_row_13_no_stream_is_called_sound_where_a_problem_names_none(rewritten: SignedLab) -> None:
    with tampering(rewritten.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, '{', ' {') WHERE seq = 60")
        connection.execute("DELETE FROM blob WHERE digest = (SELECT min(digest) FROM blob)")

    report = rewritten.open().audit()

    assert any(problem.entry is not None and problem.stream is None for problem in report.problems)
    assert not any("streams without any problem" in line for line in report.trusted)


def test_row_13_an_audit_asks_what_was_given_out_of_a_ledger_that_was_rewritten_from_its_beginning(
    copy: Lab, note: str
) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = 1")

    with open_engine(copy.url, log_key=copy.directory / "log", clock=copy.clock) as engine:
        report = engine.audit()

    assert (report.outcome, report.first_bad) == ("failed", 1)
    assert "compared with no checkpoint that it gave out" in report.not_covered[0]


def test_row_13_whoever_runs_the_log_needs_no_copy_of_their_own_to_find_a_forged_history(copy: Lab, note: str) -> None:
    forger = Forger(copy.database)
    forger.find("scheduled")["texts"]["rationale"] = forger.text("for another reason")
    forger.seal()

    with open_engine(copy.url, log_key=copy.directory / "log", clock=copy.clock) as engine:
        report = engine.audit()

    assert "rewritten" in kinds(report)
