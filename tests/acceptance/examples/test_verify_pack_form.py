"""The verifier of packs that needs nothing of ours takes no file but the one that a pack's contents make."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.acceptance.examples.taken_apart import WHOLE, flipped, members_of, vouched, zipped
from tests.golden.packs.make import PACK
from tests.pack.opened import put_together
from workflow import InvalidInput, LedgerError, verify_pack

FIELDS = {
    "local header": (0, (4, 6, 8, 10, 12, 14, 18, 20, 22, 26, 28)),
    "directory": (PACK.read_bytes().index(b"PK\1\2"), (4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42)),
    "end record": (len(PACK.read_bytes()) - 22, (0, 4, 6, 8, 10, 12, 16, 20, 21)),
}


@pytest.mark.parametrize("where", FIELDS)
def test_no_byte_around_the_members_can_be_another(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    start, offsets = FIELDS[where]
    for offset in offsets:
        data = bytearray(PACK.read_bytes())
        data[start + offset] ^= 1
        (tmp_path / "release.pack").write_bytes(data)

        assert script.main([str(tmp_path / "release.pack"), *vouched()]) == 3, offset
        assert "WRONG: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WHOLE + b"\n", 3),
        (b"\n" + WHOLE, 3),
        (WHOLE[:-1], 3),
        (WHOLE[:9000], 3),
        (WHOLE[: WHOLE.index(b"PK\1\2")], 3),
        (WHOLE + WHOLE, 3),
        (b"", 2),
        (b"hello", 2),
        (b"PK\5\6" + b"\0" * 18, 2),
    ],
)
def test_what_is_cut_off_longer_or_no_pack_has_the_exit_code_that_holdfast_gives_it(
    script: ModuleType, tmp_path: Path, data: bytes, code: int
) -> None:
    pack = tmp_path / "release.pack"
    pack.write_bytes(data)

    assert script.main([str(pack), *vouched()]) == code
    with pytest.raises(LedgerError if code == 3 else InvalidInput):
        verify_pack(pack)


@pytest.mark.parametrize(
    "name", ["pack.json", "entries.jsonl", "proofs.jsonl", "roots.jsonl", "texts.jsonl", "checkpoint"]
)
def test_a_flipped_bit_in_any_member_is_found_by_its_sum(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    members = members_of(PACK.read_bytes())
    flipped(name)(members)
    (tmp_path / "release.pack").write_bytes(zipped(members, summed=False))

    assert script.main([str(tmp_path / "release.pack"), *vouched()]) == 3
    assert f"{name} was altered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"PK", 2, "this is no pack"),
        (b"not a pack", 2, "this is no pack"),
        (put_together({"README.txt": b""}), 2, "this is no pack"),
        (put_together({"pack.json": b"[" * 100_000}), 3, "WRONG"),
        (put_together({**members_of(WHOLE), "pack.json": b"[" * 100_000 + b"\n"}), 3, "WRONG"),
    ],
    ids=["cut", "text", "bare", "alone", "deep"],
)
def test_what_is_no_pack_is_said_to_be_none(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, code: int, said: str
) -> None:
    (tmp_path / "release.pack").write_bytes(data)

    assert script.main([str(tmp_path / "release.pack")]) == code
    assert said in capsys.readouterr().out


def test_a_member_that_unpacks_to_more_than_it_takes_is_not_unpacked(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "release.pack", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("pack.json", b"0" * 10_000_000)

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert "WRONG: pack.json" in capsys.readouterr().out
