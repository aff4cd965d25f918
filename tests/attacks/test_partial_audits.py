"""An audit of one release: what it finds there, and that it never looks like one of the whole ledger (row 21)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from attacked import BOTH, Lab
from forger import Forger
from signed_lab import SignedLab

from tests.attacks.owned import tampering
from workflow import AuditReport, NotFound
from workflow.audit import KeptTree, Part, audit
from workflow.ledger import entry_hash
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.storage import open_storage

pytestmark = BOTH


def of(lab: Lab, release: str = "aurora") -> AuditReport:
    report = lab.open().audit(release=release)
    lab.close()
    return report


def first(lab: Lab, stream: str, at: int = 1) -> int:
    with lab.database.connect() as connection:
        query = "SELECT seq FROM entry WHERE stream = ? ORDER BY seq LIMIT 1 OFFSET ?"
        found: int = connection.execute(query, (stream, at)).fetchone()[0]
    return found


def test_row_21_it_says_that_it_is_of_a_part_and_of_which(copy: Lab) -> None:
    whole, part = copy.open().audit(), of(copy)

    assert (whole.outcome, whole.audited) == ("ok", None)
    assert (part.outcome, part.problems, part.not_recomputed) == ("partial", (), ())
    assert part.audited == ("ledger", "roster", "release/aurora", "release/beta")
    assert (part.size, part.root) == (whole.entries, whole.root)
    assert 0 < part.entries < part.size
    assert f"{part.entries} of the {part.size} entries" in " ".join(part.not_covered)
    assert not any("go on" in line for line in part.not_covered)


def test_relatives_belong_to_it_wherever_one_begins(copy: Lab) -> None:
    assert of(copy, "beta").audited == ("ledger", "roster", "release/beta", "release/aurora")
    assert of(copy, "gamma").audited == ("ledger", "roster", "release/gamma")


def test_everything_signed_is_verified_and_what_its_signers_saw_is_held_against_the_tree(rewritten: SignedLab) -> None:
    whole, part = rewritten.open().audit(), of(rewritten)

    assert (part.outcome, part.problems, part.not_recomputed) == ("partial", (), ())
    assert 20 < part.signatures <= whole.signatures


def test_there_must_be_such_a_release(copy: Lab) -> None:
    with pytest.raises(NotFound):
        of(copy, "nothing")


def test_a_flipped_byte_of_any_of_its_entries_is_named(copy: Lab) -> None:
    engine = copy.open()
    with tampering(copy.database) as connection:
        query = "SELECT seq, body FROM entry WHERE stream IN ('ledger', 'roster', 'release/aurora', 'release/beta')"
        for turn, (seq, body) in enumerate(connection.execute(query).fetchall()):
            at = (37 * turn) % len(body)
            changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
            connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (changed, seq))
            report = engine.audit(release="aurora")
            assert report.outcome == "failed"
            assert seq in {problem.entry for problem in report.problems if problem.kind == "altered"}
            connection.execute("UPDATE entry SET body = ? WHERE seq = ?", (body, seq))
    assert engine.audit(release="aurora").outcome == "partial"


def test_an_entry_of_another_release_that_was_altered_is_named_because_it_may_have_been_one_of_these(copy: Lab) -> None:
    seq = first(copy, "release/gamma")
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = ?", (seq,))

    report = of(copy)

    assert {(problem.kind, problem.entry) for problem in report.problems} >= {("altered", seq)}
    assert report.first_bad == seq


def test_what_was_decided_on_another_release_is_out_of_its_sight_and_it_says_so(copy: Lab) -> None:
    forger = Forger(copy.database)
    forged = next(item for item in reversed(forger.entries) if item["stream"] == "release/gamma")
    forged["actor"] = "nobody"
    forger.seal()

    report = of(copy)

    assert copy.open().audit().outcome == "failed"
    assert (report.outcome, report.problems) == ("partial", ())
    assert any("every other stream" in line for line in report.not_covered)


@pytest.mark.parametrize("at", [0, 1])
def test_an_entry_that_is_taken_out_of_its_stream_is_missed(copy: Lab, at: int) -> None:
    gone = first(copy, "release/beta", at)
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM entry WHERE seq = ?", (gone,))

    report = of(copy)

    assert report.outcome == "failed"


def test_an_entry_rewritten_with_its_hash_is_not_in_the_tree(copy: Lab) -> None:
    seq = first(copy, "release/aurora", 2)
    with tampering(copy.database) as connection:
        [(body,)] = connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchall()
        changed = body.replace(b'"actor":"lee"', b'"actor":"kim"', 1)
        hash_ = bytes.fromhex(entry_hash(changed))
        connection.execute("UPDATE entry SET body = ?, hash = ? WHERE seq = ?", (changed, hash_, seq))

    kinds = {(problem.kind, problem.entry) for problem in of(copy).problems}

    assert changed != body
    assert ("tree", seq) in kinds


def waved_through(forger: Forger) -> None:
    """One of two safety sign-offs goes, and the move that they were for stays."""
    forger.entries.remove(forger.find("sign_off_recorded", decision="approve"))


def test_a_move_that_its_rules_do_not_allow_is_found_though_every_hash_fits(copy: Lab) -> None:
    forger = Forger(copy.database)
    waved_through(forger)
    forger.seal()

    report = of(copy)

    assert report.outcome == "failed"
    assert "not-allowed" in {problem.kind for problem in report.problems}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE release SET stage = 'public' WHERE slug = 'beta'",
        "DELETE FROM release WHERE slug = 'beta'",
    ],
)
def test_what_is_listed_of_it_and_its_relatives_is_compared(copy: Lab, change: str) -> None:
    with tampering(copy.database) as connection:
        connection.execute(change)

    assert "projection" in {problem.kind for problem in of(copy).problems}


def test_a_text_or_a_file_of_its_entries_that_is_gone_is_missed(copy: Lab) -> None:
    seq = first(copy, "release/aurora", 2)
    with tampering(copy.database) as connection:
        [(body,)] = connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchall()
        connection.execute("DELETE FROM text WHERE commitment = ?", (json.loads(body)["texts"]["rationale"],))

    assert [(problem.kind, problem.entry) for problem in of(copy).problems] == [("missing", seq)]


class Handed:
    """A tree of which no earlier root is known, as where whoever handed over a part left them out."""

    def __init__(self, tree: KeptTree, check: Callable[[int, bytes], None]) -> None:
        self.size, self.root, self.check = tree.size, tree.root, check

    def root_at(self, size: int) -> str | None:
        return None


def test_what_a_tree_cannot_tell_is_said_and_the_audit_is_incomplete(rewritten: SignedLab) -> None:
    storage = open_storage(rewritten.url)
    with storage.snapshot() as reader:
        kept = KeptTree(reader)
        part = Part(("release/aurora",), Handed(kept, kept.check))
        report = audit(reader, Rulebook(Registry()), part=part)
    storage.close()

    assert (report.outcome, report.problems) == ("incomplete", ())
    assert "which ledger its signer saw" in report.not_recomputed[0]


def test_what_was_left_out_is_withheld_and_not_missing(copy: Lab) -> None:
    storage = open_storage(copy.url)
    with storage.snapshot() as reader:
        seq = first(copy, "release/aurora", 2)
        commitment = json.loads(reader.entry(seq).body)["texts"]["rationale"]  # type: ignore[union-attr]
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM text WHERE commitment = ?", (commitment,))
    with storage.snapshot() as reader:
        streams = ("release/aurora", "release/beta")
        part = Part(streams, KeptTree(reader), withheld=frozenset({commitment}))
        report = audit(reader, Rulebook(Registry()), part=part)
    storage.close()

    assert (report.outcome, report.problems) == ("partial", ())
    assert report.withheld == (f"entry {seq}: the text {commitment}",)
