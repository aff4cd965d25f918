"""A pack holds what a release's decisions rest on, and nothing else; it reads like the ledger that it is from."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from tests.golden.packs.make import PACK, made
from tests.pack.packing import ALL, AT, checkpoint_of, log_of, packed, read, restored
from workflow import InvalidInput, LedgerError, NotFound
from workflow.ledger import SaltedText
from workflow.pack import Choice, PackReader, form


def test_the_golden_pack_is_written_the_same_for_ever(tmp_path: Path) -> None:
    assert made(tmp_path) == PACK.read_bytes()


def test_the_golden_pack_is_read_for_ever() -> None:
    with PackReader.open(PACK) as pack:
        view = pack.view

    assert (view.release, view.origin, view.entries, view.checkpoint) == (
        "aurora-fix",
        "holdfast.example/golden-incidents",
        34,
        True,
    )
    assert view.streams == ("ledger", "release/aurora", "release/aurora-fix", "roster")
    assert [(item.entry, item.name) for item in view.withheld_texts] == [(9, "rationale")]
    assert 5 in view.sizes


@pytest.mark.parametrize(("name", "release"), ALL)
def test_a_pack_reads_like_its_ledger(name: str, release: str, tmp_path: Path) -> None:
    with restored(name, tmp_path) as engine, engine._pipeline.storage.snapshot() as reader:
        pack = read(packed(engine, release))
        head = reader.head()

        for stored in pack.entries():
            assert stored == reader.entry(stored.seq)
            pack.check(stored.seq, bytes.fromhex(stored.hash))
            assert pack.by_command(stored.command_id) == stored
        for stream in pack.view.streams:
            assert pack.stream(stream) == reader.stream(stream)
            assert pack.stream(stream, 1) == reader.stream(stream, 1)
            assert pack.stream_head(stream) == reader.stream_head(stream)
            assert pack.entries_before(20, 3, stream) == reader.entries_before(20, 3, stream)
        for commitment in pack.commitments():
            assert pack.text(commitment) == reader.text(commitment)
        for digest in pack.blobs():
            assert pack.blob(digest) == reader.blob(digest)
        assert (pack.head().frontier, pack.head().mark) == (head.frontier, head.mark)
        assert pack.release(release) == reader.release(release)
        assert pack.kin_of(release) == reader.kin_of(release)
        assert pack.objectors(release) == reader.objectors(release)
        assert all(release in pack.objected(person) for person in pack.objectors(release))
        assert set(pack.digests("")) >= reader.kin_of(release)
        assert [row for row in reader.releases() if row.slug in pack.related()] == pack.releases()


@pytest.mark.parametrize(("name", "release"), [("signed", "aurora"), ("incidents", "aurora")])
def test_a_pack_proves_the_roots_that_signers_saw(name: str, release: str, tmp_path: Path) -> None:
    with restored(name, tmp_path) as engine:
        pack = read(packed(engine, release))
        known = {size: engine.prove_consistency(size).first_root for size in pack.sizes}

    assert len(known) > 10
    assert {size: pack.root_at(size) for size in pack.sizes} == known
    assert pack.root_at(pack.size) == pack.root


def test_what_a_pack_lacks_is_not_found(tmp_path: Path) -> None:
    pack = PackReader.open(PACK)

    assert pack.entry(1000) is None
    assert pack.stream("release/other") == []
    assert pack.stream_head("release/other") is None
    assert pack.by_command("no such") is None
    assert pack.text("0" * 64) is None
    assert pack.blob("0" * 64) is None
    assert pack.release("other") is None
    assert pack.root_at(1) is None
    with pytest.raises(NotFound):
        pack.frontier(3)
    with pytest.raises(NotFound):
        pack.nodes(0, 0, 1)
    pack.close()


def test_only_when_it_was_made_tells_two_packs_of_one_ledger_apart(tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine:
        first, again = packed(engine, "aurora"), packed(engine, "aurora")
        later = packed(engine, "aurora", at=AT + timedelta(hours=1))

    assert first == again
    assert first != later
    assert read(first).contents.model_copy(update={"at": read(later).contents.at}) == read(later).contents


def test_any_program_unpacks_it_and_checks_its_sums() -> None:
    with zipfile.ZipFile(PACK) as archive:
        assert archive.testzip() is None
        sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
        assert sums == {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != "SHA256SUMS"
        }
        assert json.loads(archive.read("pack.json"))["release"] == "aurora-fix"


def test_withheld_texts_are_listed_and_nowhere_in_the_pack(tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine:
        item = next(item for item in engine.history("aurora", limit=1000) if item.texts.get("rationale"))
        words = item.texts["rationale"]
        full = packed(engine, "aurora")
        data = packed(engine, "aurora", Choice(withhold=(f"{item.entry}:rationale",)))
        commitment = read(data).view.withheld_texts[0].commitment
        same = packed(engine, "aurora", Choice(withhold=(commitment,)))
        none = packed(engine, "aurora", Choice(texts=False))

    assert words is not None
    assert same == data
    assert read(data).view.texts == read(full).view.texts - 1
    assert read(data).text(commitment) is None
    assert read(none).view.texts == 0
    assert len(read(none).view.withheld_texts) >= read(full).view.texts
    assert f"rationale of entry {item.entry}\n" in zipfile.ZipFile(io.BytesIO(data)).read("README.txt").decode()


@pytest.mark.parametrize("named", ["1000:rationale", "1:title", "rationale", "0" * 64, "", ":", "x:rationale"])
def test_a_text_that_is_not_there_cannot_be_withheld(named: str, tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine, pytest.raises(InvalidInput, match="no text"):
        packed(engine, "aurora", Choice(withhold=(named,)))


def test_digests_only_leaves_evidence_out_and_lists_it(tmp_path: Path) -> None:
    with restored("signed", tmp_path) as engine:
        full, less = packed(engine, "aurora"), packed(engine, "aurora", Choice(evidence=False))

    left_out = [item.digest for item in read(less).view.withheld_evidence]
    assert left_out
    assert all(read(less).blob(digest) is None for digest in left_out)
    assert set(read(full).blobs()) - set(read(less).blobs()) == set(left_out)


def test_a_pack_without_such_a_release_is_none(tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine, pytest.raises(NotFound, match="no release 'other'"):
        packed(engine, "other")


@pytest.mark.parametrize("size", [0, -1, 1000])
def test_only_a_size_that_the_ledger_had_can_be_proven(size: int, tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine, pytest.raises(InvalidInput, match="never had"):
        packed(engine, "aurora", Choice(since=(size,)))


def test_a_checkpoint_of_another_ledger_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with restored("risks", tmp_path) as engine, restored("published", tmp_path / "other") as other:
        checkpoint = checkpoint_of(other)
        note = log_of(checkpoint.origin).sign(checkpoint).to_bytes()
        with pytest.raises(LedgerError, match="not of this ledger"):
            packed(engine, "aurora", checkpoint=note)


def test_an_earlier_checkpoint_comes_with_the_proof_that_the_tree_continues_it(tmp_path: Path) -> None:
    with restored("risks", tmp_path) as engine:
        checkpoint = checkpoint_of(engine, 7)
        pack = read(packed(engine, "aurora", checkpoint=log_of(checkpoint.origin).sign(checkpoint).to_bytes()))

    assert pack.root_at(7) == checkpoint.root.hex()


def test_a_text_may_be_in_any_form_of_unicode() -> None:
    for words in ("e\u0301", "\u00e9", 'a "quote"\n', "\u2028", "\U0001f512", ""):
        text = SaltedText(bytes(32), words)

        assert form.parse_text(form.text_line(text).removesuffix(b"\n")) == text
