"""Audits by one process and by several find the same, in the same order; and one that is cut short says so."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attacked import BOTH, Lab
from forger import Forger
from signed_lab import SignedLab

from tests.attacks.owned import tampering
from tests.golden.keeping import HERE, Kept
from tests.golden.later import NAMES
from workflow import AuditReport, StorageError
from workflow.audit import pool, whole
from workflow.audit.desk import Job
from workflow.audit.pool import Pool, Told
from workflow.audit.worker import desk_of


class Desks(Pool):
    """What several processes would do, at desks of their own in this one, the last job first."""

    def run(self, jobs: Sequence[Job], told: Told) -> list[Any]:
        if self._setup is None:
            return super().run(jobs, told)
        with ExitStack() as stack:
            desks = [desk_of(self._setup, stack) for _ in range(self._count)]
            results: dict[int, Any] = {}
            for place in reversed(range(len(jobs))):
                results[place] = pickle.loads(pickle.dumps(jobs[place].run(desks[place % self._count])))  # noqa: S301
                told(jobs[place].entries)
        return [results[place] for place in range(len(jobs))]


@pytest.fixture
def desks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "Pool", Desks)


def by_several(lab: Lab | SignedLab) -> AuditReport:
    engine = lab.open()
    one = engine.audit()
    assert one == engine.audit(workers=2) == engine.audit(workers=3)
    lab.close()
    return one


def an_altered_entry(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = 30")


def missing_entries(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        connection.execute("DELETE FROM entry WHERE seq IN (20, 21, 44)")


def an_entry_that_cannot_be_read(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        connection.execute("UPDATE entry SET hash = ?, stream = '' WHERE seq = 41", (b"7",))


def entries_that_never_were(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        for seq in (-3, 500, 10**12):
            connection.execute(
                "INSERT INTO entry SELECT ?, stream, ?, hash, 'x' || ?, body FROM entry WHERE seq = 9", (seq, seq, seq)
            )


def what_no_rule_allows(lab: Lab) -> None:
    forger = Forger(lab.database)
    forger.entries.remove(forger.find("sign_off_recorded", decision="approve"))
    forger.seal()


def a_repeated_nonce(lab: Lab) -> None:
    forger = Forger(lab.database)
    found = [entry["events"][0] for entry in forger.entries if entry["events"][0].get("binding")]
    found[1]["binding"]["nonce"] = found[0]["binding"]["nonce"]
    forger.seal()


def other_projections(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        connection.execute("UPDATE release SET stage = 'public'")
        connection.execute("DELETE FROM kin WHERE slug = 'beta'")
        connection.execute("UPDATE head SET mark = '2020-01-01T00:00:00.000000Z'")


def other_files_and_texts(lab: Lab) -> None:
    with tampering(lab.database) as connection:
        connection.execute("DELETE FROM text WHERE commitment LIKE '%3'")
        connection.execute("DELETE FROM blob WHERE digest LIKE '%3'")
        connection.execute(
            "UPDATE blob SET content = content || x'00', size = size + 1 WHERE digest LIKE '%1' OR digest LIKE '%5'"
        )
        connection.execute("INSERT INTO text VALUES (?, x'00', 'more')", ("ab" * 32,))
        connection.execute("INSERT INTO blob VALUES ('nonsense', 1, x'00')")


DAMAGE: tuple[Callable[[Lab], None], ...] = (
    an_altered_entry,
    missing_entries,
    an_entry_that_cannot_be_read,
    entries_that_never_were,
    what_no_rule_allows,
    a_repeated_nonce,
    other_projections,
    other_files_and_texts,
)


@BOTH
@pytest.mark.usefixtures("desks")
def test_they_find_the_same_in_a_sound_ledger(copy: Lab, rewritten: SignedLab) -> None:
    assert {by_several(copy).outcome, by_several(rewritten).outcome} == {"ok"}


@pytest.mark.usefixtures("desks")
@BOTH
@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_they_find_the_same_damage_in_the_same_order(copy: Lab, damage: Callable[[Lab], None]) -> None:
    damage(copy)

    assert by_several(copy).outcome == "failed"


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize("name", ["", "signed", *NAMES])
def test_every_golden_ledger_is_decided_again_by_several_and_in_parts(name: str, tmp_path: Path) -> None:
    with Kept.read(HERE / name).restore(f"sqlite:///{tmp_path / 'golden.db'}") as engine:
        one, two = engine.audit(), engine.audit(workers=2)
        parts = [engine.audit(release=line.release) for line in engine.list()]

    assert one == two
    assert (one.outcome, one.problems) == ("ok", ())
    assert {(part.outcome, part.problems, part.not_recomputed) for part in parts} <= {("partial", (), ())}


@BOTH
def test_they_are_processes_of_their_own(copy: Lab) -> None:
    assert copy.open().audit(workers=2) == copy.open().audit()


def test_where_a_process_is_killed_nothing_is_said_of_the_ledger(copy: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "START", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")

    with pytest.raises(StorageError, match="ended before its work was done"):
        copy.open().audit(workers=2)


@pytest.mark.usefixtures("desks")
def test_where_there_is_no_room_for_temporary_files_nothing_is_said_of_the_ledger(
    copy: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "pwrite", full)

    with pytest.raises(StorageError, match="no room for the audit's temporary files"):
        copy.open().audit(workers=2)
