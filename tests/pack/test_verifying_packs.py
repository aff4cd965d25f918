"""A pack is verified from nothing but the file and what its checker has from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pack.opened import changed, lines_changed, put_together, taken_apart
from tests.pack.packing import ALL, WITNESS, NotesKey, checkpoint_of, log_of, packed, restored
from workflow import Engine, InvalidInput, LedgerError, PackReport, verify_pack
from workflow.ledger import decode, encode, entry_hash
from workflow.ledger.note import COSIGNATURE, Note
from workflow.pack import Choice


@dataclass
class Ledger:
    """A golden ledger, with a log key and a place for packs of it."""

    engine: Engine
    directory: Path

    @property
    def log(self) -> NotesKey:
        return log_of(self.engine.roster().origin)

    def note(self, size: int | None = None) -> Note:
        return self.log.sign(checkpoint_of(self.engine, size))

    def pack(self, choice: Choice | None = None, note: Note | None = None, release: str = "aurora") -> bytes:
        return packed(self.engine, release, choice, note.to_bytes() if note else None)

    def verified(self, data: bytes, **anchors: object) -> PackReport:
        place = self.directory / "a.pack"
        place.write_bytes(data)
        return verify_pack(place, **anchors)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    directory = tmp_path_factory.mktemp("risks")
    with restored("risks", directory) as engine:
        yield Ledger(engine, directory)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    directory = tmp_path_factory.mktemp("published")
    with restored("published", directory) as engine:
        yield Ledger(engine, directory)


def states(report: PackReport) -> list[tuple[str, str]]:
    return [(anchor.kind, anchor.state) for anchor in report.anchors]


@pytest.mark.parametrize(("name", "release"), ALL)
def test_every_decision_about_a_release_is_made_again_from_its_pack(name: str, release: str, tmp_path: Path) -> None:
    with restored(name, tmp_path) as engine:
        audited = engine.audit()
        ledger = Ledger(engine, tmp_path)
        report = ledger.verified(ledger.pack(note=ledger.note(), release=release), log_keys=[ledger.log.vkey])

    assert (report.outcome, report.problems, report.vouched) == ("ok", (), True)
    assert report.vouched_to == report.pack.size == audited.entries
    assert report.audit.redecided == report.pack.entries - 1
    assert report.audit.signatures == audited.signatures
    assert report.audit.not_recomputed == ()


@pytest.mark.parametrize("choice", [Choice(texts=False), Choice(evidence=False), Choice(evidence=False, texts=False)])
def test_what_is_withheld_is_said_and_everything_else_still_verifies(choice: Choice, ledger: Ledger) -> None:
    report = ledger.verified(ledger.pack(choice, ledger.note()), log_keys=[ledger.log.vkey])

    assert (report.outcome, report.problems) == ("ok", ())
    assert len(report.withheld) == len(report.pack.withheld_texts) + len(report.pack.withheld_evidence) > 0


def test_erased_is_another_word_than_withheld(tmp_path: Path) -> None:
    with restored(".", tmp_path) as engine:
        ledger = Ledger(engine, tmp_path)
        report = ledger.verified(ledger.pack(Choice(texts=False), ledger.note()), log_keys=[ledger.log.vkey])

    assert report.audit.erased
    erased = {line.split(",")[0] for line in report.audit.erased}
    named = {f"entry {item.entry}" for item in report.pack.withheld_texts}
    assert report.outcome == "ok"
    assert not erased <= named or len(report.withheld) > len(erased)


def test_a_text_that_is_missing_is_neither(ledger: Ledger) -> None:
    data = lines_changed(ledger.pack(), "texts.jsonl", lambda lines: lines[1:])

    report = ledger.verified(data)

    assert report.outcome == "failed"
    assert "is missing, and nobody erased it" in report.problems[0].message


def test_without_anything_from_elsewhere_nobody_vouches_for_which_ledger_it_is(ledger: Ledger) -> None:
    report = ledger.verified(ledger.pack(note=ledger.note()))

    assert (report.outcome, report.problems, report.audit.problems) == ("incomplete", (), ())
    assert (report.vouched, report.vouched_to, report.anchors) == (False, None, ())
    assert any("nobody vouches" in line for line in report.not_checked)


def test_the_log_s_key_a_witness_a_pin_and_a_kept_checkpoint_vouch(ledger: Ledger) -> None:
    note = WITNESS.cosign(ledger.note())
    data = ledger.pack(Choice(since=(7,)), note)

    report = ledger.verified(
        data,
        log_keys=[ledger.log.vkey],
        witnesses=[WITNESS.vkey],
        checkpoints=[ledger.note(7).to_bytes()],
        pinned=ledger.engine.anchors(),
    )

    assert report.outcome == "ok"
    kinds = ["log key", "witness", "checkpoint", *["pin"] * len(ledger.engine.anchors())]
    assert states(report) == [(kind, "verified") for kind in kinds]
    assert report.anchors[1].seconds == 1_800_000_000
    assert report.vouched_to == report.pack.size
    assert f"whether anything was recorded after these {report.pack.size} entries" in report.not_checked
    assert not any("compare size and root" in line or "looked at, " in line for line in report.not_checked)


def test_one_of_several_log_keys_is_enough(ledger: Ledger) -> None:
    old = NotesKey(ledger.log.key.name, number=9)

    report = ledger.verified(ledger.pack(note=ledger.note()), log_keys=[old.vkey, ledger.log.vkey])

    assert states(report) == [("log key", "verified")]


def test_an_earlier_checkpoint_vouches_for_no_more_than_it_saw(ledger: Ledger) -> None:
    report = ledger.verified(ledger.pack(note=ledger.note(20)), log_keys=[ledger.log.vkey])

    assert (report.outcome, report.vouched_to) == ("ok", 20)
    beyond = report.pack.size - 20
    assert any(line.startswith(f"the last {beyond} entries of the tree") for line in report.not_checked)


def test_what_an_anchor_cannot_tell_is_not_checked_and_not_passed(ledger: Ledger) -> None:
    plain = ledger.pack()

    for anchors in (
        {"log_keys": [ledger.log.vkey]},
        {"witnesses": [WITNESS.vkey]},
        {"checkpoints": [ledger.note(2).to_bytes()]},
        {"pinned": {1000: "0" * 64}},
    ):
        report = ledger.verified(plain, **anchors)

        assert (report.outcome, report.problems, report.vouched) == ("incomplete", (), False), anchors
        assert [anchor.state for anchor in report.anchors] == ["not checked"]


def test_a_witness_who_did_not_cosign_vouches_for_nothing(ledger: Ledger) -> None:
    report = ledger.verified(ledger.pack(note=ledger.note()), log_keys=[ledger.log.vkey], witnesses=[WITNESS.vkey])

    assert report.outcome == "incomplete"
    assert states(report) == [("log key", "verified"), ("witness", "not checked")]


def test_a_checkpoint_by_another_key_is_damage(ledger: Ledger) -> None:
    stranger = NotesKey(ledger.log.key.name, number=7)
    forged = Note(ledger.note().text).with_signature(ledger.log.key, b"\0" * 64)
    cosigned = ledger.note().with_signature(WITNESS.key, b"\0" * 72)

    for note, kind, anchors in (
        (stranger.sign(checkpoint_of(ledger.engine)), "log key", {"log_keys": [ledger.log.vkey]}),
        (forged, "log key", {"log_keys": [ledger.log.vkey]}),
        (cosigned, "witness", {"witnesses": [WITNESS.vkey]}),
    ):
        report = ledger.verified(ledger.pack(note=note), **anchors)

        assert (report.outcome, report.vouched) == ("failed", False)
        assert states(report) == [(kind, "failed")]


def test_a_checkpoint_of_another_ledger_or_tree_is_damage_whoever_has_no_key(ledger: Ledger, other: Ledger) -> None:
    earlier = ledger.note(7).to_bytes()
    wrong = ledger.log.sign(checkpoint_of(other.engine)).to_bytes()
    data = ledger.pack(note=ledger.note())

    for note, words in ((wrong, "of the ledger"), (earlier, "does not prove it"), (b"no note\n\n", "")):
        report = ledger.verified(changed(data, "checkpoint", lambda _, note=note: note))

        assert report.outcome == "failed"
        assert words in report.problems[0].message


def test_a_kept_checkpoint_of_another_history_is_damage(ledger: Ledger, other: Ledger) -> None:
    text = ledger.note(7).text.splitlines()
    forged = Note("\n".join([*text[:2], other.note(7).text.splitlines()[2]]) + "\n")
    strange = ledger.log.sign(checkpoint_of(other.engine, 7))
    for kept in (other.note(7), strange, forged.with_signature(ledger.log.key, b"x" * 64)):
        report = ledger.verified(ledger.pack(Choice(since=(7,))), checkpoints=[kept.to_bytes()])

        assert (report.outcome, states(report)) == ("failed", [("checkpoint", "failed")])


def test_a_kept_checkpoint_that_is_ahead_says_that_the_pack_is_old(ledger: Ledger) -> None:
    lines = ledger.note().text.splitlines()
    ahead = Note("\n".join([lines[0], "5000", lines[2]]) + "\n").with_signature(ledger.log.key, b"x" * 64)

    report = ledger.verified(ledger.pack(), checkpoints=[ahead.to_bytes()])

    assert report.outcome == "incomplete"
    assert "the pack knows only the first" in report.anchors[0].text


def test_a_remembered_root_is_held_against_the_pack(ledger: Ledger) -> None:
    data = ledger.pack(Choice(since=(7,)))
    root = checkpoint_of(ledger.engine, 7).root.hex()

    assert ledger.verified(data, remembered=(7, root)).outcome == "ok"
    assert ledger.verified(data, remembered=(7, "0" * 64)).outcome == "failed"
    assert ledger.verified(data, remembered=(2, root)).outcome == "incomplete"


def test_a_kept_tree_that_is_ahead_says_the_same_however_it_was_kept(ledger: Ledger) -> None:
    """A file that is older than what somebody knows is no damage."""
    root = checkpoint_of(ledger.engine).root.hex()

    report = ledger.verified(ledger.pack(), remembered=(5000, root))

    assert (report.outcome, states(report)) == ("incomplete", [("checkpoint", "not checked")])
    assert "the pack knows only the first" in report.anchors[0].text


def test_a_pack_of_a_ledger_that_somebody_made_up_is_found_by_any_anchor(ledger: Ledger, other: Ledger) -> None:
    """It is sound in itself, and only who has something from elsewhere can tell."""
    theirs = other.pack(note=other.log.sign(checkpoint_of(other.engine)))

    assert (ledger.verified(theirs).outcome, ledger.verified(theirs).problems) == ("incomplete", ())
    pins = {seq: digest for seq, digest in ledger.engine.anchors().items() if seq == 1}
    pinned = ledger.verified(theirs, pinned=pins)
    assert (pinned.outcome, states(pinned), pinned.vouched) == ("failed", [("pin", "failed")], False)
    signed = ledger.verified(theirs, log_keys=[ledger.log.vkey])
    assert (signed.outcome, states(signed)) == ("failed", [("log key", "failed")])
    assert "another ledger's: check what you gave" in signed.anchors[0].text
    kept = ledger.verified(theirs, checkpoints=[ledger.note(7).to_bytes()])
    assert (kept.outcome, states(kept)) == ("failed", [("checkpoint", "failed")])


def test_an_entry_that_was_put_in_has_no_proof(ledger: Ledger, other: Ledger) -> None:
    strange = taken_apart(other.pack())["entries.jsonl"].splitlines(keepends=True)[10]

    report = ledger.verified(
        lines_changed(ledger.pack(), "entries.jsonl", lambda lines: [*lines[:10], strange, *lines[11:]])
    )

    assert report.outcome == "failed"
    assert report.first_bad == 11


def test_an_entry_that_was_rewritten_with_all_that_follows_has_no_proof(ledger: Ledger) -> None:
    """Every link and every hash made to fit again: only the tree says otherwise."""

    def rewritten(lines: list[bytes]) -> Iterator[bytes]:
        hashes: dict[str, str] = {}
        for line in lines:
            value = decode(line[:-1])
            old = entry_hash(line[:-1])
            if value["seq"] == 12:
                value["at"] = "2030-01-01T00:00:00.000000Z"
            value["prev"] = hashes.get(value["prev"], value["prev"])
            body = encode(value)
            hashes[old] = entry_hash(body)
            yield body + b"\n"

    report = ledger.verified(lines_changed(ledger.pack(), "entries.jsonl", rewritten))

    assert (report.outcome, report.first_bad) == ("failed", 12)


def contents(data: bytes, change: object) -> bytes:
    def rewritten(content: bytes) -> bytes:
        value = json.loads(content)
        change(value)  # type: ignore[operator]
        return encode(value) + b"\n"

    return changed(data, "pack.json", rewritten)


LIES = {
    "a text is withheld that no entry has": lambda value: value["left_out"]["texts"].append(
        {"entry": 3, "name": "poem", "commitment": "0" * 64}
    ),
    "evidence is withheld that no entry has": lambda value: value["left_out"]["evidence"].append(
        {"entry": 3, "blob": "0" * 64}
    ),
}


@pytest.mark.parametrize("what", LIES)
def test_what_is_said_to_be_withheld_must_be_real(what: str, ledger: Ledger) -> None:
    report = ledger.verified(contents(ledger.pack(), LIES[what]))

    assert (report.outcome, report.first_bad) == ("failed", 3)


def test_a_signed_statement_cannot_be_withheld_as_evidence(ledger: Ledger) -> None:
    data = ledger.pack()
    members = taken_apart(data)
    proof = next(
        json.loads(line)["proof"]
        for line in members["entries.jsonl"].splitlines()
        if json.loads(line)["proof"]["kind"] == "sshsig"
    )
    seq = next(
        json.loads(line)["seq"] for line in members["entries.jsonl"].splitlines() if json.loads(line)["proof"] == proof
    )
    del members["blobs/" + proof["statement"]]
    bare = put_together(members)

    without = ledger.verified(bare)
    claimed = ledger.verified(
        contents(bare, lambda value: value["left_out"]["evidence"].append({"entry": seq, "blob": proof["statement"]}))
    )

    assert (without.outcome, claimed.outcome) == ("failed", "failed")
    assert claimed.first_bad == seq


def test_a_file_or_text_that_no_entry_names_does_not_pass(ledger: Ledger, other: Ledger) -> None:
    members = taken_apart(ledger.pack())
    strange = {name: content for name, content in taken_apart(other.pack()).items() if name not in members}
    name, content = sorted(strange.items())[0]
    sums = members.pop("SHA256SUMS")
    blobs = {key: value for key, value in members.items() if key.startswith("blobs/")} | {name: content}
    plain = {key: value for key, value in members.items() if not key.startswith("blobs/")}
    with_file = put_together({**plain, **dict(sorted(blobs.items())), "SHA256SUMS": sums})
    text = taken_apart(other.pack())["texts.jsonl"].splitlines(keepends=True)[0]
    with_text = lines_changed(ledger.pack(), "texts.jsonl", lambda lines: sorted([*lines, text]))

    for data in (with_file, with_text):
        report = ledger.verified(data)

        assert report.outcome == "failed"
        assert "belongs to no entry" in report.problems[0].message


@pytest.mark.parametrize(
    "anchors",
    [
        {"log_keys": ["nonsense"]},
        {"log_keys": [WITNESS.vkey]},
        {"witnesses": [log_of("lab.example").vkey]},
        {"witnesses": [""]},
        {"checkpoints": [b"nothing"]},
        {"pinned": {0: "0" * 64}},
        {"pinned": {1: "abc"}},
        {"remembered": (0, "0" * 64)},
    ],
)
def test_what_is_no_anchor_is_a_mistake_and_not_a_finding(anchors: dict[str, object], ledger: Ledger) -> None:
    with pytest.raises(InvalidInput):
        ledger.verified(ledger.pack(), **anchors)


def test_a_pack_that_cannot_be_read_at_all_is_raised(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"pack\.json"):
        ledger.verified(changed(ledger.pack(), "pack.json", lambda content: content[:-3] + b"}\n"))


def test_what_pins_alone_do_not_vouch_for_is_said(ledger: Ledger) -> None:
    last = ledger.engine.history("aurora", limit=1)[0]
    data, anchors = ledger.pack(), ledger.engine.anchors()

    keys = ledger.verified(data, pinned=anchors)
    assert (keys.outcome, keys.vouched, keys.vouched_to) == ("ok", True, None)
    assert any("what does not follow from the pinned entries" in line for line in keys.not_checked)
    assert ledger.verified(data, pinned={last.entry: last.hash}).vouched_to == last.entry
    genesis = ledger.verified(data, pinned={1: anchors[1]})
    assert (genesis.outcome, genesis.vouched) == ("incomplete", False)
    assert any("anybody can go on from them" in line for line in genesis.not_checked)


def test_a_key_s_kind_is_part_of_it() -> None:
    assert NotesKey("a.example", COSIGNATURE).vkey != NotesKey("a.example").vkey
