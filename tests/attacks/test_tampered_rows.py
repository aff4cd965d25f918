"""Rows of the entries, changed by somebody who owns the file and does not make the hashes fit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from attacked import BOTH, WHY, Lab, on_both

from tests.attacks.owned import Connection, tampering, took
from workflow import AuditReport, ChainBroken, LedgerError
from workflow.folding import read_entry
from workflow.storage import StoredEntry

Sql = Callable[[Connection], object]


def rows(lab: Lab) -> list[StoredEntry]:
    with lab.database.connect() as connection:
        found = connection.execute(
            "SELECT seq, stream, version, hash, command_id, body FROM entry ORDER BY seq"
        ).fetchall()
    return [
        StoredEntry(seq, stream, version, hash_.hex(), id_, body) for seq, stream, version, hash_, id_, body in found
    ]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def audited(lab: Lab) -> AuditReport:
    engine = lab.open()
    report = engine.audit()
    lab.close()
    return report


def named(report: AuditReport) -> set[int | None]:
    return {problem.entry for problem in report.problems}


@BOTH
def test_the_ledger_that_is_attacked_holds_every_kind_of_entry_and_is_in_order(copy: Lab) -> None:
    report = audited(copy)

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    assert report.redecided == report.entries - 1 > 60
    assert report.erased and report.refusals and report.transitions
    with copy.database.connect() as connection:
        beside = connection.execute("SELECT count(*) FROM blob WHERE content IS NULL").fetchone()
        # On a server all blobs are rows.
        assert beside == ((1,) if copy.database.kind == "sqlite" else (0,))
        bodies = connection.execute("SELECT body FROM entry").fetchall()
    assert sum(b'"observations":{"blob"' in body for (body,) in bodies) == 1


def test_row_16_a_flip_of_any_byte_of_any_entry_is_refused_when_it_is_read(told: Lab) -> None:
    flips = 0
    for stored in rows(told):
        for at in range(len(stored.body)):
            changed = StoredEntry(
                stored.seq, stored.stream, stored.version, stored.hash, stored.command_id, flipped(stored.body, at)
            )
            with pytest.raises(ChainBroken):
                read_entry(changed)
            flips += 1
    assert flips > 50_000


@BOTH
def test_row_16_a_flip_in_any_entry_is_named_by_the_audit_with_its_number(copy: Lab) -> None:
    engine = copy.open()
    stored = rows(copy)
    with tampering(copy.database) as connection:
        for turn, start in enumerate(range(1, 400, 40)):
            # Each audit meets one flip in every third entry, elsewhere each time; the others are as they were.
            flips = {item.seq: flipped(item.body, start % len(item.body)) for item in stored[turn % 3 :: 3]}
            for seq, body in flips.items():
                connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (body, seq))
            report = engine.audit()
            assert report.outcome == "failed"
            assert {item.entry for item in report.problems if item.kind == "altered"} == set(flips)
            for item in stored:
                connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (item.body, item.seq))
        for item in stored:
            connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (flipped(item.body, 0), item.seq))
            report = engine.audit()
            # Without the entry that erased it, the text of the entry before is missing.
            assert report.first_bad == (item.seq - 1 if b'"text_erased"' in item.body else item.seq)
            connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (item.body, item.seq))
    assert engine.audit().outcome == "ok"


CHANGES = [
    "hash = zeros(32)",
    "hash = 7",
    "stream = 'release/else'",
    "stream = x'00'",
    "version = version + 100",
    "version = 'one'",
    "command_id = 'another'",
    "body = 'words'",
    "body = x''",
    "body = x'7b7d'",
    "body = zeros(70000)",
    "seq = seq + 1000",
    "seq = -seq",
]


@on_both("change, seq", product(CHANGES, (1, 20, 41, 73)), every=5)
def test_row_16_a_changed_column_of_an_entry_is_found(copy: Lab, seq: int, change: str) -> None:
    with tampering(copy.database) as connection:
        if not took(connection, f"UPDATE entry SET {change} WHERE seq = ?", seq):  # noqa: S608
            return

    report = audited(copy)

    assert report.outcome == "failed"
    assert named(report) & {seq, seq + 1, -seq}


def swap(connection: Connection) -> None:
    found = dict(connection.execute("SELECT seq, body FROM entry WHERE seq IN (30, 31)").fetchall())
    connection.execute("UPDATE entry SET body = ? WHERE seq = 30", (found[31],))
    connection.execute("UPDATE entry SET body = ? WHERE seq = 31", (found[30],))


def swap_whole(connection: Connection) -> None:
    for old, new in ((30, 1000), (31, 30), (1000, 31)):
        connection.execute("UPDATE entry SET seq = ? WHERE seq = ?", (new, old))


def copied(to: int) -> Sql:
    return lambda connection: connection.execute(
        "INSERT INTO entry SELECT ?, stream, 900, hash, 'again', body FROM entry WHERE seq = 41", (to,)
    )


ROWS: dict[str, tuple[Sql, set[int]]] = {
    "an entry in the middle is gone": (lambda c: c.execute("DELETE FROM entry WHERE seq = 41"), {41}),
    "the genesis is gone": (lambda c: c.execute("DELETE FROM entry WHERE seq = 1"), {1}),
    "half is gone": (lambda c: c.execute("DELETE FROM entry WHERE seq % 2 = 0"), {2}),
    "two bodies changed places": (swap, {30, 31}),
    "two rows changed places": (swap_whole, {30, 31}),
    "one stands twice": (copied(74), {74}),
    "one stands far behind": (copied(10**9), {74, 10**9}),
    "one stands below the first": (copied(-5), {-5}),
    "one stands in place 0": (copied(0), {0}),
    "one stands in the lowest place there is": (copied(-(2**63)), {-(2**63)}),
    "one stands in another's place": (
        lambda c: c.execute("UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 40) WHERE seq = 41"),
        {41},
    ),
    "one came with its hash from elsewhere": (
        lambda c: c.execute(
            "UPDATE entry SET (hash, body) = (SELECT hash, body FROM entry WHERE seq = 40) WHERE seq = 41"
        ),
        {41},
    ),
}


@BOTH
@pytest.mark.parametrize("how", ROWS)
def test_row_12_entries_that_are_gone_moved_or_added_are_named(copy: Lab, how: str) -> None:
    attack, entries = ROWS[how]
    with tampering(copy.database) as connection:
        attack(connection)

    report = audited(copy)

    assert report.outcome == "failed"
    assert entries <= named(report)


@BOTH
def test_row_12_a_tail_that_was_cut_off_is_an_alarm_for_the_audit_and_for_the_next_command(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM entry WHERE seq > 60")

    assert "tree" in {problem.kind for problem in audited(copy).problems}
    engine = copy.open()
    for ask in (
        lambda: engine.status("aurora"),
        engine.list,
        engine.history,
        engine.roster,
        lambda: engine.schedule("aurora", copy.clock.forward("30d"), actor="lee", rationale=WHY),
        lambda: engine.hold("aurora", role="safety", actor="mara", rationale=WHY),
    ):
        with pytest.raises(LedgerError, match="entries were removed") as stopped:
            ask()
        assert "audit verify" in (stopped.value.remedy or "")


@BOTH
def test_row_12_a_ledger_without_a_single_entry_is_never_in_order(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        for table in ("entry", "text", "blob", "release", "kin"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
        connection.execute("UPDATE head SET size = 0, frontier = x'', mark = NULL, peak = NULL")

    report = audited(copy)

    assert (report.outcome, report.entries) == ("failed", 0)
    assert "empty" in report.problems[0].message


@BOTH
@pytest.mark.parametrize("seq", [33, 35, 61])
def test_row_16_the_next_command_about_the_release_stops_at_an_altered_entry(copy: Lab, seq: int) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, '{', ' {') WHERE seq = ?", (seq,))
    engine = copy.open()

    for ask in (
        lambda: engine.status("aurora"),
        lambda: engine.explain("aurora", "withdraw"),
        lambda: engine.advance("aurora", "withdraw", actor="lee", rationale=WHY),
        lambda: engine.history(),
    ):
        with pytest.raises(ChainBroken, match=f"entry {seq}"):
            ask()


@BOTH
def test_row_16_nobody_s_role_can_be_read_from_a_roster_that_was_altered(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, 'safety', 'sAfety') WHERE seq = 5")
    engine = copy.open()

    with pytest.raises(ChainBroken, match="entry 5"):
        engine.advance("aurora", "withdraw", actor="lee", rationale=WHY)
    with pytest.raises(ChainBroken, match="entry 5"):
        engine.roster()
