"""The last check, attacked by who owns the host's disk, or carries packs and attestations to it."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.deployed.conftest import Host
from tests.integration.engine.keyed import Keyed
from tests.pack.opened import put_together, taken_apart
from workflow import DeployedReport, InvalidInput, LedgerError, StorageError, deployed
from workflow.attestation import enveloped, opened
from workflow.checkpoints import LogKey, make_key
from workflow.checkpoints.vouching import genuine
from workflow.ledger import decode, encode
from workflow.ledger.note import MAX_SIGNATURES, NoteKey
from workflow.pack.form import Contents
from workflow.pack.readme import readme
from workflow.views.packs import PackReport

DAY = timedelta(days=1)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A release that is out, with its files on a host."""
    found = Host(tmp_path)
    found.publish()
    yield found
    found.lab.close()


def codes(report: DeployedReport) -> list[str]:
    return [reason.code for reason in report.reasons]


def swapped(files: Path) -> None:
    (files / "model.safetensors").write_text("the weightz")  # as long as it was


def fewer(files: Path) -> None:
    (files / "config.json").unlink()


def more(files: Path) -> None:
    (files / "sitecustomize.py").write_text("")


def exchanged(files: Path) -> None:
    first, second = files / "config.json", files / "tokenizer.json"
    texts = first.read_text(), second.read_text()
    first.write_text(texts[1])
    second.write_text(texts[0])


@pytest.mark.parametrize("change", [swapped, fewer, more, exchanged])
def test_row_49_files_that_were_swapped_taken_away_or_added_at_the_host_are_not_loaded(
    host: Host, change: Callable[[Path], None]
) -> None:
    pack = host.pack()
    change(host.files)

    assert codes(host.asks(pack)) == ["other-files"]


def test_row_49_a_link_out_of_the_files_is_not_followed_though_the_same_bytes_lie_there(host: Host) -> None:
    weights = host.files / "model.safetensors"
    weights.rename(host.directory / "elsewhere")
    weights.symlink_to(host.directory / "elsewhere")

    with pytest.raises(StorageError, match="leaves the tree"):
        host.asks(host.pack())


def test_row_49_an_old_pack_does_not_hide_a_withdrawal_for_longer_than_is_allowed(host: Host) -> None:
    pack, attestation = host.pack(), host.attestation()
    host.lab.advance("withdraw")
    host.lab.clock.forward("2d")

    assert codes(host.asks(pack, max_age=DAY)) == ["too-old"]
    assert codes(host.asks(pack, max_age=DAY, attestation=attestation)) == ["too-old"]
    assert codes(host.asks(pack, max_age=DAY, attestation=host.attestation())) == ["withdrawn"]


def without_its_end(pack: Path) -> None:
    """Leaves the release's last entry out of a pack, so that everything that is left in it holds."""
    members = taken_apart(pack.read_bytes())
    lines = members["entries.jsonl"].splitlines(keepends=True)
    ends = [json.loads(line) for line in lines if json.loads(line)["stream"] == "release/aurora"]
    cut, last = ends[-1], ends[-2]
    members["entries.jsonl"] = b"".join(line for line in lines if json.loads(line)["seq"] != cut["seq"])
    proofs = members["proofs.jsonl"].splitlines(keepends=True)
    members["proofs.jsonl"] = b"".join(line for line in proofs if json.loads(line)["seq"] != cut["seq"])
    gone = set(cut["texts"].values())
    texts = members["texts.jsonl"].splitlines(keepends=True)
    members["texts.jsonl"] = b"".join(line for line in texts if json.loads(line)["commitment"] not in gone)
    about = decode(members["pack.json"].removesuffix(b"\n"))
    for stream in about["streams"]:
        if stream["stream"] == "release/aurora":
            stream["version"], stream["hash"] = last["version"], cut["prev"]
    about["entries"] -= 1
    members["pack.json"] = encode(about) + b"\n"
    members["README.txt"] = readme(Contents.from_bytes(members["pack.json"]))
    pack.write_bytes(put_together(members))


def test_row_49_a_new_pack_without_the_withdrawal_is_no_fresh_knowledge_whoever_cosigned_it(host: Host) -> None:
    host.lab.clock.forward("2d")
    host.lab.advance("withdraw")
    note, witness = host.cosigned()
    pack = host.pack(note=note)
    without_its_end(pack)

    cut = host.asks(pack, log_keys=[host.vkey], witnesses=[witness], max_age=DAY)

    # Everything in it holds, and it shows no end of the release. So it is as old as the entry that it ends with.
    assert cut.released is not None and cut.released.standing == "released"
    assert codes(cut) == ["too-old"]
    assert codes(host.asks(pack, attestation=host.attestation())) == ["withdrawn"]


def test_row_49_the_pack_of_another_ledger_is_not_vouched_for(
    host: Host, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("other")
    other = Host(place, Keyed(place).found().staff())
    other.publish()
    pack, attestation = other.pack(), other.attestation()
    other.lab.close()

    assert host.asks(pack).outcome == "failed"
    assert codes(host.asks(pack, log_keys=[])) == ["not-vouched"]
    with pytest.raises(LedgerError, match="not signed with the log key"):
        host.asks(host.pack(), attestation=attestation)


def test_row_49_an_attestation_that_was_edited_or_signed_again_by_a_stranger_is_not_taken(host: Host) -> None:
    host.lab.advance("withdraw")
    pack, attestation = host.pack(), host.attestation()
    envelope = json.loads(attestation.read_bytes())
    edited = b64decode(envelope["payload"]).replace(b'"standing":"withdrawn"', b'"standing":"released"')
    make_key(host.directory / "stranger")
    stranger = LogKey.read(host.directory / "stranger", host.lab.origin)
    kept = json.dumps({**envelope, "payload": b64encode(edited).decode()}).encode()

    for forged in (kept, enveloped(edited, [stranger])):
        attestation.write_bytes(forged)
        with pytest.raises(LedgerError, match="not signed with the log key"):
            host.asks(pack, attestation=attestation)
    with pytest.raises(InvalidInput):
        host.asks(pack, attestation=attestation, pinned=host.lab.engine.anchors())


def test_row_49_an_attestation_with_more_signatures_than_anybody_makes_is_not_looked_through(host: Host) -> None:
    envelope = json.loads(host.attestation().read_bytes())
    strange = {"keyid": "stranger", "sig": b64encode(bytes(64)).decode()}
    key = NoteKey.parse(host.vkey)
    verified = []

    def counted(*asked: bytes) -> bool:
        verified.append(asked)
        return genuine(*asked)

    for strangers, taken in ((MAX_SIGNATURES - 1, True), (MAX_SIGNATURES, False), (200_000, False)):
        data = json.dumps({**envelope, "signatures": [strange] * strangers + envelope["signatures"]}).encode()
        verified.clear()
        if taken:
            assert opened(data, [key], counted).key == host.lab.origin
        else:
            with pytest.raises(LedgerError, match="at most"):
                opened(data, [key], counted)
            assert not verified


def test_row_49_the_attestation_of_another_release_of_the_same_files_does_not_count(host: Host) -> None:
    attestation = host.attestation()
    host.lab.start("second", path=host.directory / "model")
    path = host.directory / "second.pack"
    host.lab.engine.export("second", path)

    with pytest.raises(LedgerError, match="the attestation is about aurora"):
        host.asks(path, attestation=attestation)


def test_row_49_a_pack_that_is_exchanged_while_it_is_looked_at_is_noticed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = host.pack()
    host.lab.hold()
    other = host.pack("other.pack")
    verify = deployed.verify_pack

    def then_exchanged(path: Path, **settings: Any) -> PackReport:
        report = verify(path, **settings)
        other.replace(path)
        return report

    monkeypatch.setattr(deployed, "verify_pack", then_exchanged)

    with pytest.raises(LedgerError, match="exchanged"):
        host.asks(pack)
