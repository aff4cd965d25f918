"""Packs of a ledger that is being used: what goes in, what never does, and who vouches for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused
from tests.integration.engine.logged import Logged, note_of
from tests.pack.opened import put_together, taken_apart
from workflow import HistoryForked, InvalidInput, LedgerError, PackReport, PackView, verify_pack
from workflow.checkpoints import LogKey, Witness, WitnessRequest
from workflow.ledger import encode
from workflow.ledger.note import NoteKey
from workflow.pack import PackReader
from workflow.pack.form import Contents
from workflow.pack.readme import readme


def packed(lab: Lab, release: str = "aurora", **settings: object) -> PackView:
    return lab.engine.export(release, lab.directory / "a.pack", replace=True, **settings)  # type: ignore[arg-type]


def verified(lab: Lab, **anchors: object) -> PackReport:
    return verify_pack(lab.directory / "a.pack", **anchors)  # type: ignore[arg-type]


def sound(report: PackReport) -> bool:
    """Whether all of a pack holds, whoever vouches for it."""
    return (report.problems, report.audit.outcome, report.vouched) == ((), "partial", False)


# What goes in


def test_relatives_go_into_a_pack_both_ways_and_nothing_else(review: Lab) -> None:
    aurora = review.candidate()
    review.start("child", path=review.model("child"), derived_from=[aurora])
    review.start("grandchild", path=review.model("grandchild"), derived_from=[review.candidate("child")])
    review.start("stranger", path=review.model("stranger"))

    for release in ("aurora", "child", "grandchild"):
        view = packed(review, release)

        family = ("release/aurora", "release/child", "release/grandchild")
        assert view.streams == ("ledger", *family, "roster")
        assert sound(verified(review))
    assert packed(review, "stranger").streams == ("ledger", "release/stranger", "roster")


def test_a_parent_that_was_left_out_is_missed(review: Lab) -> None:
    """Whoever makes a pack can leave a relative out; what a release declares itself shows that."""
    review.start("child", path=review.model("child"), derived_from=[review.candidate()])
    packed(review, "child")
    place = review.directory / "a.pack"
    kept = {"ledger", "roster", "release/child"}
    assert not any("a parent of child" in line for line in verified(review).not_checked)

    place.write_bytes(only(place.read_bytes(), kept))
    report = verified(review)

    assert report.outcome == "incomplete"
    assert any("a parent of child: no release in the pack" in line for line in report.not_checked)


def only(data: bytes, streams: set[str]) -> bytes:
    """A pack from which the entries of other streams were taken out, and everything else made to fit."""
    members = taken_apart(data)
    entries = [json.loads(line) for line in members["entries.jsonl"].splitlines()]
    places = {item["seq"] for item in entries if item["stream"] in streams}
    said = {text for item in entries if item["seq"] in places for text in item["texts"].values()}
    contents = json.loads(members["pack.json"])
    contents["streams"] = [item for item in contents["streams"] if item["stream"] in streams]
    contents["entries"] = len(places)
    for name, key, wanted in (("entries", "seq", places), ("proofs", "seq", places), ("texts", "commitment", said)):
        lines = members[f"{name}.jsonl"].splitlines(keepends=True)
        members[f"{name}.jsonl"] = b"".join(line for line in lines if json.loads(line)[key] in wanted)
    members["README.txt"] = readme(Contents.from_bytes(encode(contents) + b"\n"))
    named = members["entries.jsonl"].decode()
    gone = {name for name in members if name.startswith("blobs/") and name[6:] not in named}
    return put_together(
        {
            name: encode(contents) + b"\n" if name == "pack.json" else content
            for name, content in members.items()
            if name not in gone
        }
    )


def test_a_release_that_a_closing_names_by_its_candidate_is_a_relative(review: Lab) -> None:
    review.start("beta", path=review.model("beta"), derived_from=[review.candidate()])
    review.reject("mara")
    review.tick().withdraw_sign_off(
        "aurora", "S1", actor="mara", rationale=WHY, candidates=[review.candidate("beta"), review.candidate()]
    )

    assert "release/beta" in packed(review).streams
    assert verified(review).problems == ()


def test_what_was_refused_goes_in_too(review: Lab) -> None:
    with refused("gate-denied", "open"):
        review.advance("publish")

    packed(review)
    assert verified(review).audit.refusals == 1


def test_a_pack_of_every_state_of_a_release_verifies(review: Lab) -> None:
    review.hold()
    packed(review)
    assert sound(verified(review))
    review.lift("H1", "sam", "security")
    requirement = review.require()
    review.discharge(requirement, "jun")
    packed(review)
    assert sound(verified(review))


def test_decisions_that_are_sealed_are_told_only_where_that_is_asked_for(tmp_path: Path) -> None:
    lab = Keyed.staffed(tmp_path)
    lab.allow(lab.signed(roles={"safety": {"sealed": "true"}}))
    lab.in_review()
    lab.sign("mara", "publish")

    with pytest.raises(InvalidInput, match="sealed until the quorum") as caught:
        packed(lab)
    assert "mara" not in caught.value.message
    assert not (tmp_path / "a.pack").exists()
    packed(lab, sealed=True)
    assert sound(verified(lab))
    lines = lab.engine.export_lines("aurora", tmp_path / "a.jsonl")
    assert lines.entries == len((tmp_path / "a.jsonl").read_text().splitlines())
    assert '"actor":"mara"' not in (tmp_path / "a.jsonl").read_text()
    lab.close()


def test_the_entry_from_which_a_clock_went_back_goes_in_and_nothing_else_of_it(tmp_path: Path) -> None:
    review = Lab.with_people(tmp_path)
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, {"soak": {"at_least": "1h"}}]}
    review.allow(review.load(host=host))
    review.in_review()
    review.start("stranger", path=review.model("stranger"))
    review.clock.forward("48h")
    review.hold("sam", "security", "stranger")
    ahead = review.engine.history(limit=1)[0].entry
    review.clock.back("1h")
    # What stands between them tells nothing of it.
    review.require("mara", "safety", "stranger")
    with refused("policy-errored", "error"):
        review.advance("host")

    view = packed(review)

    assert view.clock == (ahead,)
    assert "release/stranger" not in view.streams
    with PackReader.open(review.directory / "a.pack") as pack:
        told = pack.entry(ahead)
        assert told is not None
        assert told.stream == "release/stranger"
        assert pack.entries_before(None, 1000)[0].stream != "release/stranger"
    assert sound(verified(review))
    review.close()


# Damage


def test_nothing_is_packed_of_a_ledger_that_is_damaged(review: Lab) -> None:
    review.close()
    path = review.directory / "ledger.db"
    whole = path.read_bytes()
    for change in (
        "DELETE FROM text WHERE commitment = (SELECT max(commitment) FROM text)",
        "DELETE FROM blob WHERE digest = (SELECT max(digest) FROM blob)",
        "UPDATE entry SET body = replace(body, 'lee', 'sam') WHERE stream = 'release/aurora'",
        "UPDATE text SET body = 'another reason'",
    ):
        with closing(sqlite3.connect(path)) as connection, connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.execute(change)
            for _, text in triggers:
                connection.execute(text)
        review.reopen()

        with pytest.raises(LedgerError):
            packed(review)

        assert not list(review.directory.glob("*.p*"))
        review.close()
        path.write_bytes(whole)
    review.reopen()


# Who vouches


@pytest.fixture
def logged(review: Lab) -> Logged:
    """A release in review in a ledger with a key of its own."""
    return Logged.named(review)


def exported(logged: Logged, **settings: object) -> PackView:
    place = logged.lab.directory / "a.pack"
    return logged.engine.export("aurora", place, replace=True, **settings)  # type: ignore[arg-type]


def test_where_the_log_s_key_is_at_hand_a_pack_gets_a_checkpoint(logged: Logged) -> None:
    view = exported(logged)

    report = verified(logged.lab, log_keys=[logged.vkey])
    assert view.checkpoint
    assert (report.outcome, report.vouched_to, report.signed_by) == ("ok", view.size, logged.vkey)
    assert logged.engine.latest_checkpoint() is not None
    assert not verified(logged.lab).vouched
    assert verified(logged.lab).signed_by == logged.vkey
    assert not exported(logged, checkpoint=False).checkpoint
    assert not packed(logged.lab).checkpoint


@pytest.fixture
def witness(logged: Logged) -> Callable[[], str]:
    """Has a witness cosign what there is, and tells its key."""
    other = Witness.make(logged.lab.directory / "witness", "witness.example/w")
    other.add_log(logged.vkey)

    def cosigned() -> str:
        request = WitnessRequest.from_bytes(logged.engine.for_witness(0))
        logged.engine.add_cosignature(other.cosign(request, logged.lab.clock).to_bytes())
        return other.key.vkey

    return cosigned


def test_a_cosigned_checkpoint_goes_in_as_long_as_it_is_over_the_whole_pack(
    logged: Logged, witness: Callable[[], str]
) -> None:
    vkey = witness()
    seen = logged.lab.engine.history(limit=1)[0].entry
    logged.lab.start("stranger", path=logged.lab.model("stranger"))
    exported(logged)
    report = verified(logged.lab, log_keys=[logged.vkey], witnesses=[vkey])

    assert (report.outcome, report.vouched_to) == ("ok", seen)
    assert [anchor.state for anchor in report.anchors] == ["verified", "verified"]
    logged.lab.hold()
    exported(logged)
    later = verified(logged.lab, log_keys=[logged.vkey], witnesses=[vkey])
    assert (later.outcome, later.vouched_to) == ("incomplete", later.pack.size)
    assert [anchor.state for anchor in later.anchors] == ["verified", "not checked"]


def test_whoever_has_only_the_former_key_is_told_since_when_another_counts(logged: Logged) -> None:
    fresh = Logged(logged.lab, name="fresh")
    exported(logged)
    kept = logged.engine.checkpoint()
    ended = fresh.name()
    logged.lab.hold()
    exported(fresh, since=[kept.size])

    former = verified(logged.lab, log_keys=[logged.vkey])

    (anchor,) = former.anchors
    assert (former.outcome, former.problems, former.vouched) == ("incomplete", (), False)
    assert anchor.state == "not checked"
    assert f"entry {ended} named another key" in anchor.text
    assert f"the first {ended} entries at most" in anchor.text
    # What it did sign is worth as much as before, and so is the key that took its place.
    both = verified(logged.lab, log_keys=[logged.vkey], checkpoints=[kept.note.encode()])
    assert (both.outcome, both.vouched_to) == ("incomplete", kept.size)
    assert verified(logged.lab, log_keys=[logged.vkey, fresh.vkey]).outcome == "ok"


def test_a_former_key_says_nothing_only_where_the_ledger_names_who_signed_instead(logged: Logged) -> None:
    fresh = Logged(logged.lab, name="fresh")
    origin = logged.engine.roster().origin
    stranger = LogKey.read(Logged(logged.lab, name="stranger").key, origin)
    fresh.name()
    logged.lab.hold()
    genuine = note_of(fresh.engine.checkpoint().note)
    plain = type(genuine)(genuine.text)
    for note in (
        plain.with_signature(stranger.key, stranger.sign(plain.text.encode())),
        genuine.with_signature(NoteKey.parse(logged.vkey), b"x" * 64),
    ):
        exported(logged, checkpoint=note.to_bytes())

        report = verified(logged.lab, log_keys=[logged.vkey])

        assert (report.outcome, [item.state for item in report.anchors]) == ("failed", ["failed"])
    exported(fresh)
    # Who holds a key that the ledger never named was given another ledger's word.
    assert verified(logged.lab, log_keys=[logged.vkey, stranger.vkey]).outcome == "failed"


def test_a_key_that_the_ledger_replaced_vouches_for_nothing_after_that(logged: Logged) -> None:
    thief = LogKey.read(logged.key, logged.engine.roster().origin)
    fresh = Logged(logged.lab, name="fresh")
    fresh.name()
    logged.lab.hold()
    genuine = note_of(fresh.engine.checkpoint().note)
    stolen = type(genuine)(genuine.text).with_signature(thief.key, thief.sign(genuine.text.encode()))

    exported(logged, checkpoint=stolen.to_bytes())
    report = verified(logged.lab, log_keys=[logged.vkey])
    assert (report.outcome, report.vouched, report.signed_by) == ("failed", False, None)
    exported(fresh)
    assert verified(logged.lab, log_keys=[fresh.vkey]).outcome == "ok"
    assert verified(logged.lab, log_keys=[logged.vkey, fresh.vkey]).outcome == "ok"


def test_a_checkpoint_with_a_false_signature_is_found_by_whoever_has_no_key(logged: Logged) -> None:
    genuine = note_of(logged.engine.checkpoint().note)
    key = LogKey.read(logged.key, logged.engine.roster().origin).key
    exported(logged, checkpoint=type(genuine)(genuine.text).with_signature(key, b"\0" * 64).to_bytes())

    report = verified(logged.lab)

    assert report.outcome == "failed"
    assert "not genuine" in report.problems[0].message


def test_no_pack_is_made_of_a_backup_that_was_put_back(logged: Logged) -> None:
    backup = logged.copied("backup.db")
    logged.lab.hold()
    exported(logged)
    (logged.lab.directory / "a.pack").unlink()
    logged.put_back(backup)

    with pytest.raises(HistoryForked):
        exported(logged)
    assert not (logged.lab.directory / "a.pack").exists()


def test_a_pack_that_continues_an_earlier_checkpoint_shows_it(logged: Logged) -> None:
    kept = logged.engine.checkpoint()
    logged.lab.hold()
    exported(logged, since=[kept.size])

    assert verified(logged.lab, checkpoints=[kept.note.encode()]).outcome == "ok"
    exported(logged, since=[])
    assert verified(logged.lab, checkpoints=[kept.note.encode()]).outcome == "incomplete"
