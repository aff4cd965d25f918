"""Attacks on what a ledger gives out of its tree: by who has the log's key, the database, or carries notes around."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab
from tests.integration.engine.logged import Logged, note_of
from tests.support.log_keys import SoftLogKey
from tests.support.parts import ScriptedClock
from workflow import HistoryForked, InvalidInput, LedgerError, WorkflowError, open_engine, vouch
from workflow.checkpoints import Heads, LogKey, Witness, WitnessRequest
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import COSIGNATURE, MAX_SIGNATURES, Note, NoteKey, NoteSignature


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Logged]:
    """A ledger with a key of its own, that gave out a checkpoint."""
    lab = Lab(tmp_path)
    made = Logged.named(lab)
    made.grow(2)
    made.engine.checkpoint()
    yield made
    lab.close()


@pytest.fixture
def witness(logged: Logged, tmp_path: Path) -> Witness:
    """A witness that knows the log and cosigned what it gave out."""
    made = Witness.make(tmp_path / "witness", "witness.example/w")
    made.add_log(logged.vkey)
    made.cosign(WitnessRequest.from_bytes(logged.engine.for_witness(0)), ScriptedClock())
    return made


class Thief:
    """Somebody with copies of the database and of the log's key, and a memory in which nothing stands."""

    def __init__(self, logged: Logged, directory: Path) -> None:
        directory.mkdir()
        shutil.copy(logged.copied("stolen.db"), directory / "ledger.db")
        shutil.copy(logged.key, directory / "log")
        (directory / "log").chmod(0o600)
        self.engine = open_engine(
            f"sqlite:///{directory / 'ledger.db'}",
            clock=logged.lab.clock,
            log_key=directory / "log",
            log_heads=directory / "heads",
        )
        self.engine.remember_checkpoint(None)


@pytest.fixture
def thief(logged: Logged, witness: Witness, tmp_path: Path) -> Iterator[Thief]:
    made = Thief(logged, tmp_path / "thief")
    yield made
    made.engine.close()


def test_row_46_a_fork_that_a_thief_of_the_log_s_key_signed_is_found_by_whoever_has_the_other_checkpoint(
    logged: Logged, thief: Thief, witness: Witness
) -> None:
    known = logged.engine.latest_checkpoint()
    assert known is not None
    logged.grow(2)
    thief.engine.add_person("eve", roles=["safety"], actor=ADMINISTRATOR, rationale=WHY)
    logged.lab.clock.forward("1s")
    thief.engine.add_person("mallory", roles=["safety"], actor=ADMINISTRATOR, rationale=WHY)
    ours, theirs = logged.engine.checkpoint(), thief.engine.checkpoint()

    # Both are genuine, and neither ledger shows anything by itself.
    for engine, note in ((logged.engine, ours.note), (thief.engine, theirs.note)):
        assert vouch(note, given=[logged.vkey]).verified
        assert engine.check_checkpoint(note, log_keys=[logged.vkey]).verified
        assert engine.audit(remembered=(known.size, known.root)).outcome == "ok"
    # Each is found by the other's.
    for engine, note in ((logged.engine, theirs), (thief.engine, ours)):
        with pytest.raises(HistoryForked):
            engine.check_checkpoint(note.note)
        report = engine.audit(remembered=(note.size, note.root))
        assert [(item.kind, item.entry) for item in report.problems] == [("tree", note.size)]
    # And a witness takes the first that comes, and none beside it.
    witness.cosign(WitnessRequest.from_bytes(logged.engine.for_witness(known.size)), logged.lab.clock)
    with pytest.raises(WorkflowError):
        witness.cosign(WitnessRequest.from_bytes(thief.engine.for_witness(known.size)), logged.lab.clock)
    with pytest.raises(HistoryForked):
        witness.cosign(WitnessRequest(ours.size, (), note_of(theirs.note)), logged.lab.clock)


def spoiled(note: Note) -> Iterator[tuple[str, Note]]:
    """The checkpoint as somebody might want it who has not the log's key."""
    said = Checkpoint.of(note)
    stranger = SoftLogKey(said.origin, seed=7)
    key = NoteKey.parse(stranger.vkey)
    [own] = note.signatures
    for name, text in {
        "another root": Checkpoint(said.origin, said.size, bytes(32)).text,
        "another size": Checkpoint(said.origin, said.size + 1, said.root).text,
        "another log": Checkpoint("elsewhere.example", said.size, said.root).text,
    }.items():
        yield name, replace(note, text=text)
        signed = stranger.sign(text.encode())
        yield f"{name}, signed by a stranger of the log's name", Note(text).with_signature(key, signed)
        yield f"{name}, signed by a stranger with the log's number", Note(text, (replace(own, data=signed),))
    yield "the same, signed by a stranger alone", Note(note.text).with_signature(key, stranger.sign(note.text.encode()))
    yield "a signature cut off", Note(note.text, (replace(own, data=own.data[:-1]),))
    yield "a signature with more behind it", Note(note.text, (replace(own, data=own.data + b"\0"),))
    yield "a genuine signature and one that is not", Note(note.text, (own, replace(own, data=bytes(64))))
    yield "as a cosignature", Note(note.text, (NoteSignature(own.name, own.id, bytes(8) + own.data),))


def test_row_46_a_forged_checkpoint_is_vouched_for_by_nobody_and_cosigned_by_no_witness(
    logged: Logged, witness: Witness
) -> None:
    logged.grow()
    note = note_of(logged.engine.checkpoint().note)
    known = witness.log(note.signatures[0].name)
    assert known is not None and known.known is not None
    request = WitnessRequest.from_bytes(logged.engine.for_witness(known.known.size))

    for name, forged in spoiled(note):
        assert not vouch(forged, given=[logged.vkey]).verified, name
        with pytest.raises(WorkflowError):
            witness.cosign(replace(request, note=forged), logged.lab.clock)
        with pytest.raises(WorkflowError):
            logged.engine.add_cosignature(forged.to_bytes())
    assert witness.log(note.signatures[0].name) == known
    assert witness.cosign(request, logged.lab.clock)


def cosigned_by(note: Note, count: int, first: int = 0) -> Note:
    """The checkpoint with the words of people whom nobody knows."""
    for number in range(first, first + count):
        key = NoteKey(f"w{number}.example", COSIGNATURE, bytes([number]) * 32)
        note = note.with_signature(key, bytes(72))
    return note


def test_row_46_a_flood_of_strangers_cosignatures_does_not_spoil_what_is_remembered(logged: Logged) -> None:
    note = note_of(logged.engine.checkpoint().note)
    logged.engine.add_cosignature(cosigned_by(note, MAX_SIGNATURES - 1).to_bytes())

    with pytest.raises(LedgerError, match="at most"):
        logged.engine.add_cosignature(cosigned_by(note, MAX_SIGNATURES - 1, MAX_SIGNATURES).to_bytes())

    assert logged.engine.latest_checkpoint(cosigned=True) is not None
    logged.grow()
    assert logged.engine.checkpoint().size > Checkpoint.of(note).size


def test_row_46_a_witness_is_not_flooded_by_strangers_signatures(logged: Logged, witness: Witness) -> None:
    logged.grow()
    size = WitnessRequest.from_bytes(logged.engine.for_witness(0)).checkpoint.size
    known = witness.log(logged.engine.roster().origin)
    assert known is not None and known.known is not None
    request = WitnessRequest.from_bytes(logged.engine.for_witness(known.known.size))

    with pytest.raises(LedgerError, match="at most"):
        witness.cosign(replace(request, note=cosigned_by(request.note, MAX_SIGNATURES - 1)), logged.lab.clock)
    assert witness.log(logged.engine.roster().origin) == known

    cosigned = witness.cosign(replace(request, note=cosigned_by(request.note, 7)), logged.lab.clock)
    assert Note.from_bytes(cosigned.to_bytes()) == cosigned
    assert Checkpoint.of(cosigned).size == size
    assert vouch(cosigned, given=[logged.vkey], witnesses=[witness.key.vkey]).verified


def test_row_46_of_a_witness_that_is_named_nothing_is_kept_but_its_genuine_word(
    logged: Logged, witness: Witness
) -> None:
    logged.grow()
    known = witness.log(logged.engine.roster().origin)
    assert known is not None and known.known is not None
    genuine = witness.cosign(WitnessRequest.from_bytes(logged.engine.for_witness(known.known.size)), logged.lab.clock)
    [own] = genuine.of(witness.key.key)
    log = tuple(item for item in genuine.signatures if item != own)
    vkeys = [witness.key.vkey]
    # Strangers' words beside those of somebody who writes in the witness's name.
    strange = cosigned_by(replace(genuine, signatures=(*log, replace(own, data=bytes(72)))), 50)

    logged.engine.add_cosignature(strange.to_bytes())
    logged.engine.add_cosignature(genuine.to_bytes())
    kept = logged.engine.latest_checkpoint(cosigned=True)
    assert kept is not None and not vouch(kept.note, given=[logged.vkey], witnesses=vkeys).verified
    for nobody in (strange, cosigned_by(replace(genuine, signatures=log), 1)):
        with pytest.raises(InvalidInput, match="none of the witnesses that were named"):
            logged.engine.add_cosignature(nobody.to_bytes(), witnesses=vkeys)

    kept = logged.engine.add_cosignature(genuine.to_bytes(), witnesses=vkeys)

    assert note_of(kept.note).signatures == genuine.signatures
    assert vouch(kept.note, given=[logged.vkey], witnesses=vkeys).verified
    logged.engine.add_cosignature(cosigned_by(genuine, 60).to_bytes(), witnesses=vkeys)
    kept = logged.engine.latest_checkpoint(cosigned=True)
    assert kept is not None and note_of(kept.note).signatures == genuine.signatures


def test_row_46_what_somebody_else_could_have_written_is_no_memory(
    logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = Heads(logged.keys / "heads", logged.engine.roster().origin)
    heads.path.chmod(0o622)
    with pytest.raises(InvalidInput, match="others"):
        logged.engine.checkpoint()
    heads.path.chmod(0o600)
    logged.engine.checkpoint()
    # As if the file, and the process that reads it, were not root's but two others'.
    found = os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 1000, 1000, 0, 0, 0, 0))
    monkeypatch.setattr("workflow.checkpoints.places.os.fstat", lambda _: found)
    monkeypatch.setattr("workflow.checkpoints.places.os.geteuid", lambda: 1001)

    with pytest.raises(InvalidInput, match="others"):
        heads.read()


def test_row_46_a_backup_that_was_put_back_gives_nothing_out_before_or_after_it_grows(logged: Logged) -> None:
    backup = logged.copied("backup.db")
    logged.grow()
    given = logged.engine.checkpoint()
    logged.put_back(backup)

    for grown in range(3):
        with pytest.raises(HistoryForked) as caught:
            logged.engine.checkpoint()
        assert (caught.value.known_size, caught.value.size) == (given.size, given.size - 1 + grown)
        logged.lab.clock.forward("1s")
        logged.lab.engine.add_person(f"another-{grown}", actor=ADMINISTRATOR, rationale=WHY)


def test_row_46_of_two_databases_with_one_key_one_gives_checkpoints_out(logged: Logged, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    shutil.copy(logged.copied("second.db"), tmp_path / "second" / "ledger.db")
    url = f"sqlite:///{tmp_path / 'second' / 'ledger.db'}"
    with open_engine(url, clock=logged.lab.clock, log_key=logged.key) as second:
        logged.grow()
        given = logged.engine.checkpoint()
        logged.lab.clock.forward("1s")
        for _ in range(2):
            second.add_person(f"eve-{logged.lab.clock.now():%S}", actor=ADMINISTRATOR, rationale=WHY)
            logged.lab.clock.forward("1s")
            with pytest.raises(HistoryForked):
                second.checkpoint()
        assert logged.engine.checkpoint() == given


def test_row_46_a_stolen_key_s_word_ends_with_the_entry_that_names_the_next(logged: Logged, witness: Witness) -> None:
    stolen = LogKey.read(logged.key, logged.engine.roster().origin)
    fresh = Logged(logged.lab, name="fresh")
    fresh.name()
    witness.add_log(fresh.vkey, instead=True)
    logged.grow()
    genuine = fresh.engine.for_witness(witness_size(witness, logged))
    request = WitnessRequest.from_bytes(genuine)
    text = request.note.text
    forged = Note(text).with_signature(stolen.key, stolen.sign(text.encode()))

    assert not logged.engine.check_checkpoint(forged.to_bytes()).verified
    assert not logged.engine.check_checkpoint(forged.to_bytes(), log_keys=[logged.vkey]).verified
    with pytest.raises(LedgerError):
        witness.cosign(replace(request, note=forged), logged.lab.clock)
    assert witness.cosign(request, logged.lab.clock)


def witness_size(witness: Witness, logged: Logged) -> int:
    watched = witness.log(logged.engine.roster().origin)
    assert watched is not None and watched.known is not None
    return watched.known.size


def test_row_46_a_tree_that_was_edited_gives_neither_a_proof_nor_a_checkpoint(logged: Logged) -> None:
    count = logged.grow()
    with closing(sqlite3.connect(logged.lab.directory / "ledger.db")) as database, database:
        database.execute("CREATE TABLE kept AS SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, _ in database.execute("SELECT name, sql FROM kept").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE entry SET hash = zeroblob(32) WHERE seq = 2")
        for _, sql in database.execute("SELECT name, sql FROM kept").fetchall():
            database.execute(sql)
        database.execute("DROP TABLE kept")
    logged.lab.reopen()
    engine = logged.open()

    for asked in (
        lambda: engine.prove_inclusion(1),
        lambda: engine.prove_inclusion(2, count - 1),
        lambda: engine.prove_consistency(2),
        engine.checkpoint,
        lambda: engine.for_witness(1),
    ):
        with pytest.raises(LedgerError):
            asked()
