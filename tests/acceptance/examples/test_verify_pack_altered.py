"""Whatever was changed in a pack is named by the verifier that needs nothing of ours, even where all hashes fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.acceptance.examples.taken_apart import LOG, ORIGIN, flipped, members_of, vouched, zipped
from tests.golden.packs.make import PACK
from tests.pack.opened import Members
from tests.pack.packing import WITNESS, NotesKey
from tests.pack.retold import Json, canonical, joined, lines_of, nodes_over, retold
from workflow import verify_pack
from workflow.ledger import leaf_hash
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import COSIGNATURE
from workflow.ledger.proofs import tree_root
from workflow.pack.form import Contents
from workflow.pack.readme import readme


def blob_flipped(members: Members) -> None:
    flipped(sorted(name for name in members if name.startswith("blobs/"))[0])(members)


def blob_dropped(members: Members) -> None:
    statement = lines_of(members, "entries.jsonl")[23]["proof"]["statement"]
    del members[f"blobs/{statement}"]


def entry_dropped(members: Members) -> None:
    for name in ("entries.jsonl", "proofs.jsonl"):
        members[name] = joined(lines_of(members, name)[:-1])
    about = json.loads(members["pack.json"])
    members["pack.json"] = canonical({**about, "entries": about["entries"] - 1}) + b"\n"


def entries_swapped(members: Members) -> None:
    found = lines_of(members, "entries.jsonl")
    found[4], found[5] = found[5], found[4]
    members["entries.jsonl"] = joined(found)


def actor_changed(members: Members) -> None:
    found = lines_of(members, "entries.jsonl")
    found[30]["actor"] = "mara"
    members["entries.jsonl"] = joined(found)


def proof_changed(members: Members) -> None:
    found = lines_of(members, "proofs.jsonl")
    found[7]["proof"][0] = "0" * 64
    members["proofs.jsonl"] = joined(found)


def root_changed(members: Members) -> None:
    found = lines_of(members, "roots.jsonl")
    found[0]["root"] = "0" * 64
    members["roots.jsonl"] = joined(found)


def text_changed(members: Members) -> None:
    found = lines_of(members, "texts.jsonl")
    found[0]["text"] += " not"
    members["texts.jsonl"] = joined(found)


def text_dropped(members: Members) -> None:
    members["texts.jsonl"] = joined(lines_of(members, "texts.jsonl")[1:])


def spelt_otherwise(members: Members) -> None:
    members["roots.jsonl"] = members["roots.jsonl"].replace(b'"size":', b'"size": ')


def unknown_member(members: Members) -> None:
    members["notes.txt"] = b"read me"


def climbing_name(members: Members) -> None:
    members["blobs/../../pack.json"] = b"{}"


def other_root_signed(members: Members) -> None:
    root = tree_root(1, nodes_over([leaf_hash(b"another")]))
    forked = Checkpoint(ORIGIN, json.loads(members["pack.json"])["size"], root)
    members["checkpoint"] = WITNESS.cosign(LOG.sign(forked)).to_bytes()


def other_origin_signed(members: Members) -> None:
    about = json.loads(members["pack.json"])
    other = Checkpoint("other.example", about["size"], bytes.fromhex(about["root"]))
    members["checkpoint"] = WITNESS.cosign(LOG.sign(other)).to_bytes()


def signed_by_a_stranger(members: Members) -> None:
    about = json.loads(members["pack.json"])
    stranger = NotesKey(ORIGIN, number=9)
    members["checkpoint"] = WITNESS.cosign(
        stranger.sign(Checkpoint(ORIGIN, about["size"], bytes.fromhex(about["root"])))
    ).to_bytes()


def not_cosigned(members: Members) -> None:
    about = json.loads(members["pack.json"])
    checkpoint = Checkpoint(ORIGIN, about["size"], bytes.fromhex(about["root"]))
    members["checkpoint"] = NotesKey("witness.example/w", COSIGNATURE, 9).cosign(LOG.sign(checkpoint)).to_bytes()


def no_checkpoint(members: Members) -> None:
    del members["checkpoint"]
    about = json.loads(members["pack.json"])
    members["pack.json"] = canonical({**about, "checkpoint": False}) + b"\n"


def told(members: Members, **said: object) -> None:
    members["pack.json"] = canonical({**json.loads(members["pack.json"]), **said}) + b"\n"


def other_release(members: Members) -> None:
    told(members, release="aurora-9b")


def other_subtrees(members: Members) -> None:
    told(members, subtrees=["0" * 64] * len(json.loads(members["pack.json"])["subtrees"]))


def made_by_an_auditor(members: Members) -> None:
    told(members, by="certified by AUDITOR INC holdfast")


def more_is_said(members: Members) -> None:
    told(members, audited=True)


def unreal_text_withheld(members: Members) -> None:
    told(members, left_out={"evidence": [], "texts": [{"entry": 3, "name": "poem", "commitment": "0" * 64}]})


def unreal_evidence_withheld(members: Members) -> None:
    left_out = json.loads(members["pack.json"])["left_out"]
    told(members, left_out={**left_out, "evidence": [{"entry": 3, "blob": "0" * 64}]})


def proof_of_nothing(members: Members) -> None:
    members["proofs.jsonl"] += canonical({"seq": 99, "proof": []}) + b"\n"


def texts_turned(members: Members) -> None:
    members["texts.jsonl"] = joined(lines_of(members, "texts.jsonl")[::-1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (blob_flipped, "was altered"),
        (blob_dropped, "entry 24"),
        (entry_dropped, "an entry is missing, or a stream is cut off"),
        (entries_swapped, "entry 6 does not continue roster"),
        (actor_changed, "entry 31 is not in the tree"),
        (proof_changed, "entry 8 is not in the tree"),
        (root_changed, "is not of this tree"),
        (text_changed, "a text was altered"),
        (text_dropped, "a text of entry"),
        (spelt_otherwise, "not in canonical form"),
        (unknown_member, "'notes.txt' is no part of a pack"),
        (climbing_name, "is no part of a pack"),
        (other_root_signed, "the checkpoint is of another ledger"),
        (other_origin_signed, "the checkpoint is of another ledger"),
        (signed_by_a_stranger, f"the checkpoint is not signed by {ORIGIN}"),
        (other_release, "has no stream of the release 'aurora-9b'"),
        (other_subtrees, "the subtrees in pack.json do not have its root"),
        (made_by_an_auditor, "other fields than a pack's"),
        (more_is_said, "other fields than a pack's"),
        (unreal_text_withheld, "entry 3 has no text poem that could be withheld"),
        (unreal_evidence_withheld, "that could be withheld"),
        (proof_of_nothing, "there is a proof of what is not in the pack"),
        (texts_turned, "texts.jsonl: something stands twice"),
    ],
)
def test_what_was_changed_is_named_even_where_the_sums_fit(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Members], None],
    said: str,
) -> None:
    members = members_of(PACK.read_bytes())
    change(members)
    (tmp_path / "release.pack").write_bytes(zipped(members))

    code = script.main([str(tmp_path / "release.pack"), *vouched()])

    assert code == 3
    assert said in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("change", "who"), [(not_cosigned, WITNESS.key.name), (no_checkpoint, ORIGIN)])
def test_who_was_named_and_says_nothing_is_no_damage_and_does_not_pass(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Members], None],
    who: str,
) -> None:
    members = members_of(PACK.read_bytes())
    change(members)
    pack = tmp_path / "release.pack"
    pack.write_bytes(zipped(members))
    contents = Contents.from_bytes(members["pack.json"])
    pack.write_bytes(zipped({**members, "README.txt": readme(contents)}))

    assert script.main([str(pack), *vouched()]) == 8
    assert f"SAYS NOTHING of it: {who}" in capsys.readouterr().out
    report = verify_pack(pack, log_keys=[LOG.vkey], witnesses=[WITNESS.vkey])
    assert report.outcome == "incomplete"


def approval(entries: list[Json]) -> Json:
    """Mara's approval of the release, entry 24."""
    entry = entries[23]
    assert entry["events"][0]["binding"]["decision"] == "approve"
    return entry


def for_other_bytes(entries: list[Json]) -> None:
    approval(entries)["events"][0]["binding"]["candidate"] = "0" * 64


def by_somebody_else(entries: list[Json]) -> None:
    entry = approval(entries)
    entry["actor"] = "jun"


def with_another_key(entries: list[Json]) -> None:
    approval(entries)["proof"]["key"] = entries[24]["proof"]["key"]


def with_anothers_signature(entries: list[Json]) -> None:
    approval(entries)["proof"]["signature"] = entries[24]["proof"]["signature"]


def with_other_words(entries: list[Json]) -> None:
    approval(entries)["texts"]["rationale"] = "0" * 64


def for_another_request(entries: list[Json]) -> None:
    approval(entries)["command_id"] = f"signed/mara/{'0' * 32}"


def up_to_hosted_only(entries: list[Json]) -> None:
    approval(entries)["events"][0]["exposure"] = "hosted"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (for_other_bytes, "entry 24: another binding was signed"),
        (by_somebody_else, "was no key of jun's then"),
        (with_another_key, "was no key of mara's then"),
        (with_anothers_signature, "entry 24: the signature of mara is not genuine"),
        (with_other_words, "entry 24: other words were signed"),
        (for_another_request, "entry 24: signed for another request"),
        (up_to_hosted_only, "entry 24: other details were signed"),
    ],
)
def test_in_a_history_that_was_rewritten_as_a_whole_the_signatures_do_not_fit(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[list[Json]], None],
    said: str,
) -> None:
    members = members_of(PACK.read_bytes())
    entries = lines_of(members, "entries.jsonl")
    change(entries)
    retold(members, entries)
    (tmp_path / "release.pack").write_bytes(zipped(members))

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert said in capsys.readouterr().out.splitlines()[-1]


def test_a_history_that_was_cut_short_as_a_whole_is_not_what_the_log_signed(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = members_of(PACK.read_bytes())
    entries = lines_of(members, "entries.jsonl")[:31]
    texts = {commitment for entry in entries for commitment in entry["texts"].values()}
    retold(members, entries)
    members["texts.jsonl"] = joined([item for item in lines_of(members, "texts.jsonl") if item["commitment"] in texts])
    (tmp_path / "release.pack").write_bytes(zipped(members))

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert "the checkpoint is of another ledger" in capsys.readouterr().out
