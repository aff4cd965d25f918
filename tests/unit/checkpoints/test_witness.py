"""A witness cosigns what goes on from the last that it cosigned, and nothing else, whoever asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from checkpoint_lab import SmallLog, Tree, leaves

from workflow.checkpoints import LogKey, Witness, WitnessRequest, vouch
from workflow.errors import HistoryForked, InvalidInput, LedgerError, NotFound, WitnessConflict
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import Note

NOW = datetime(2025, 7, 1, 9, tzinfo=UTC)


class Clock:
    at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def log(tmp_path: Path) -> SmallLog:
    return SmallLog(tmp_path)


@pytest.fixture
def witness(tmp_path: Path, log: SmallLog) -> Witness:
    made = Witness.make(tmp_path / "witness", "witness.example/w")
    made.add_log(log.vkey)
    return made


def head(witness: Witness, log: SmallLog) -> tuple[int, bytes] | None:
    watched = witness.log(log.origin)
    assert watched is not None
    return None if watched.known is None else (watched.known.size, watched.known.root)


def test_a_log_that_grows_is_cosigned_with_the_time_and_each_head_is_kept(witness: Witness, log: SmallLog) -> None:
    before = 0
    for size in (3, 4, 8, 9, 40):
        note = witness.cosign(log.request(before, size), Clock())

        vouched = vouch(note, given=[log.vkey], witnesses=[witness.key.vkey])
        assert vouched.verified
        assert [(item.witness, item.at) for item in vouched.cosigned] == [("witness.example/w", NOW)]
        assert head(witness, log) == (size, log.tree.root(size))
        assert Witness.open(witness.folder) == witness
        before = size


def test_the_head_that_is_kept_is_cosigned_again_when_its_file_comes_twice(witness: Witness, log: SmallLog) -> None:
    witness.cosign(log.request(0, 5), Clock())
    request = log.request(5, 9)
    witness.cosign(request, Clock())

    for again in (request, log.request(9, 9), log.request(0, 9)):
        assert vouch(witness.cosign(again, Clock()), witnesses=[witness.key.vkey], given=[log.vkey]).verified
    assert head(witness, log) == (9, log.tree.root(9))


def test_a_rollback_is_a_conflict_that_tells_how_far_the_witness_is(witness: Witness, log: SmallLog) -> None:
    witness.cosign(log.request(0, 9), Clock())

    for old, size in ((0, 5), (5, 8), (0, 12), (8, 12), (10, 12)):
        with pytest.raises(WitnessConflict, match="has cosigned 9 entries") as caught:
            witness.cosign(log.request(old, size), Clock())
        assert (caught.value.size, caught.value.diagnostics()["size"]) == (9, 9)
    assert head(witness, log) == (9, log.tree.root(9))


def test_a_fork_is_never_cosigned_whatever_proof_comes_with_it(witness: Witness, log: SmallLog) -> None:
    witness.cosign(log.request(0, 9), Clock())
    other = Tree([*log.tree.leaves[:8], *leaves(32, "otherwise")])
    genuine = log.request(9, 20).proof
    forks = [
        log.request(9, 9, other),
        log.request(9, 20, other),
        WitnessRequest(9, genuine, log.note(20, other)),
        WitnessRequest(9, (), log.note(20)),
        WitnessRequest(9, genuine[:-1], log.note(20)),
        WitnessRequest(9, (*genuine, bytes(32)), log.note(20)),
        WitnessRequest(9, (bytes(32), *genuine[1:]), log.note(20)),
        WitnessRequest(9, log.request(8, 20).proof, log.note(20)),
    ]

    for fork in forks:
        with pytest.raises(HistoryForked, match="9 entries") as caught:
            witness.cosign(fork, Clock())
        assert caught.value.known_root == log.tree.root(9).hex()
    assert head(witness, log) == (9, log.tree.root(9))
    assert vouch(witness.cosign(log.request(9, 20), Clock()), witnesses=[witness.key.vkey]).cosigned


def test_a_witness_that_has_seen_nothing_begins_at_nothing(witness: Witness, log: SmallLog) -> None:
    with pytest.raises(WitnessConflict, match="cosigned nothing") as caught:
        witness.cosign(log.request(4, 9), Clock())

    assert caught.value.size == 0
    assert head(witness, log) is None


def test_a_log_is_known_by_the_key_that_somebody_told_and_not_by_what_it_shows(
    witness: Witness, log: SmallLog, tmp_path: Path
) -> None:
    stranger = SmallLog(tmp_path, "stranger.example/log", name="stranger")
    forger = SmallLog(tmp_path, log.origin, name="forger")
    note = log.note(5)
    unsigned = Note(note.text, forger.note(5).signatures)
    spoiled = Note(note.text).with_signature(log.signer.key, bytes(64))
    beside = Note(note.text, (*note.signatures, *spoiled.signatures))

    with pytest.raises(NotFound, match="nobody told this witness"):
        witness.cosign(stranger.request(0, 5), Clock())
    for forged in (unsigned, spoiled, beside):
        with pytest.raises(LedgerError, match="not signed with"):
            witness.cosign(WitnessRequest(0, (), forged), Clock())
    assert head(witness, log) is None


def test_a_key_takes_another_s_place_only_where_that_is_said_and_the_head_stays(
    witness: Witness, log: SmallLog, tmp_path: Path
) -> None:
    witness.cosign(log.request(0, 9), Clock())
    fresh = SmallLog(tmp_path, log.origin, name="fresh")
    with pytest.raises(InvalidInput, match="trusted by the key"):
        witness.add_log(fresh.vkey)
    with pytest.raises(InvalidInput, match="not that of a log"):
        witness.add_log(witness.key.vkey)
    with pytest.raises(InvalidInput):
        witness.add_log("nonsense")

    assert witness.add_log(log.vkey) == witness.log(log.origin)
    witness.add_log(fresh.vkey, instead=True)

    with pytest.raises(LedgerError, match="not signed with"):
        witness.cosign(log.request(9, 12), Clock())
    with pytest.raises(WitnessConflict):
        witness.cosign(fresh.request(0, 12), Clock())
    witness.cosign(fresh.request(9, 12), Clock())
    assert [watched.key for watched in witness.logs()] == [fresh.signer.key]


def test_each_log_has_a_head_of_its_own(witness: Witness, log: SmallLog, tmp_path: Path) -> None:
    other = SmallLog(tmp_path, "another.example/log", name="another")
    witness.add_log(other.vkey)

    witness.cosign(log.request(0, 9), Clock())
    witness.cosign(other.request(0, 3), Clock())

    assert [(item.key.name, item.known and item.known.size) for item in witness.logs()] == [
        ("another.example/log", 3),
        (log.origin, 9),
    ]


def test_a_witness_is_made_once_and_signs_with_a_key_of_its_own(witness: Witness, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has a witness already"):
        Witness.make(witness.folder, "witness.example/other")
    with pytest.raises(NotFound, match="no witness"):
        Witness.open(tmp_path)
    with pytest.raises(InvalidInput, match="nothing can sign"):
        Witness.make(tmp_path / "other", "a name with blanks")
    assert not (tmp_path / "other").exists()
    (witness.folder / "key").chmod(0o644)
    with pytest.raises(InvalidInput, match="others than its owner"):
        witness.key  # noqa: B018 -- it is read, and refused


def test_a_witness_whose_memory_is_damaged_cosigns_nothing(witness: Witness, log: SmallLog) -> None:
    witness.cosign(log.request(0, 9), Clock())
    (file,) = (witness.folder / "logs").glob("*.json")
    whole = file.read_bytes()
    said = json.loads(whole)
    other = LogKey.read(witness.folder / "key", "elsewhere.example").vkey
    for spoiled in (
        b"",
        whole[:-2],
        json.dumps({**said, "head": 7}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**said, "head": "no note"}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**said, "key": other}, separators=(",", ":"), sort_keys=True).encode(),
        whole.replace(b"holdfast-watched-log", b"something-else-that"),
    ):
        file.write_bytes(spoiled)
        with pytest.raises(LedgerError, match="is damaged"):
            witness.cosign(log.request(9, 12), Clock())
    file.unlink()
    with pytest.raises(NotFound):
        witness.cosign(log.request(9, 12), Clock())
    (witness.folder / "witness.json").write_bytes(b"{}")
    with pytest.raises(LedgerError, match="is damaged"):
        Witness.open(witness.folder)


def test_a_request_is_read_back_and_nothing_else_is_one(log: SmallLog) -> None:
    for old, size in ((0, 1), (1, 1), (7, 40), (32, 40), (40, 40)):
        request = log.request(old, size)
        assert WitnessRequest.from_bytes(request.to_bytes()) == request
    whole = log.request(7, 40).to_bytes()
    first, rest = whole.split(b"\n", 1)
    node = rest.split(b"\n", 1)[0]
    for spoiled in (
        b"",
        rest,
        b"old 07\n" + rest,
        b"old -7\n" + rest,
        b"old  7\n" + rest,
        b"new 7\n" + rest,
        b"old 41\n" + rest,
        b"old 0\n" + rest,
        b"old 40\n" + rest,
        whole.replace(b"\n\n", b"\n", 1),
        first + b"\n" + node[:-1] + b"\n" + rest,
        first + b"\nAAAA\n" + rest,
        first + b"\n" + b"".join(node + b"\n" for _ in range(64)) + rest,
        b"\xff" + whole,
        whole + b"x" * 100_000,
        log.note(5).to_bytes(),
    ):
        with pytest.raises(LedgerError):
            WitnessRequest.from_bytes(spoiled)


def test_the_published_request_is_read() -> None:
    """C2SP tlog-witness v1.0.0, section add-checkpoint, its example; with one of the two signatures."""
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
        "\n"
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "\N{EM DASH} example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()

    request = WitnessRequest.from_bytes(body)

    assert (request.old, len(request.proof)) == (20852014, 4)
    assert request.checkpoint == Checkpoint.of(request.note)
    assert request.to_bytes() == body
