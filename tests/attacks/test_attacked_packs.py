"""Packs in the hands of somebody who wants them to say something else, or to use up whoever reads them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.packs.make import PACK
from tests.pack.opened import changed, taken_apart
from tests.pack.retold import retold
from workflow import LedgerError, WorkflowError, verify_pack
from workflow.pack import PackReader
from workflow.pack.archive import CHUNK, ArchiveWriter
from workflow.pack.form import Contents, sums_of
from workflow.pack.index import MAX_PROBLEMS
from workflow.pack.readme import readme
from workflow.views import AuditProblem

DATA = PACK.read_bytes()
LARGE = 200 * CHUNK


def looked_at(data: bytes) -> None:
    """Reads everything that a pack shows, and holds it to what it proves."""
    pack = PackReader(io.BytesIO(data))
    for stored in pack.entries():
        pack.check(stored.seq, bytes.fromhex(stored.hash))
    for size in pack.sizes:
        pack.root_at(size)
    for digest in pack.blobs():
        pack.blob(digest)


def flipped(places: Iterator[int]) -> None:
    looked_at(DATA)
    for at in places:
        with pytest.raises(WorkflowError):
            looked_at(DATA[:at] + bytes([DATA[at] ^ 1 << at % 8]) + DATA[at + 1 :])


def test_row_45_a_flipped_byte_of_a_pack_is_refused_wherever_it_is() -> None:
    ends = [*range(64), *range(len(DATA) - 64, len(DATA))]
    flipped(iter([*ends, *range(64, len(DATA), 997)]))


@pytest.mark.soak
def test_row_45_a_flip_of_any_byte_of_a_pack_is_refused() -> None:
    flipped(iter(range(len(DATA))))


@pytest.mark.parametrize("name", ["entries.jsonl", "proofs.jsonl", "roots.jsonl", "texts.jsonl"])
def test_row_45_a_pack_of_nothing_but_mistakes_is_not_read_to_its_end(name: str) -> None:
    data = changed(DATA, name, lambda _: b"\n" * 300_000)
    found: list[AuditProblem] = []

    with pytest.raises(LedgerError, match="more than"):
        PackReader(io.BytesIO(data), found.append)

    assert len(found) <= MAX_PROBLEMS


def bomb(path: Path, digest: str) -> Path:
    """A pack whose hashes all fit, in which something has hundreds of megabytes, and another digest for that."""
    members = taken_apart(DATA)
    pieces = [b"[" * CHUNK] * (LARGE // CHUNK)
    whole = hashlib.sha256(b"".join(pieces)).hexdigest()
    said = members["entries.jsonl"].replace(digest.encode(), whole.encode())
    retold(members, [json.loads(line) for line in said.splitlines()])
    contents = Contents.from_bytes(members["pack.json"]).model_copy(update={"checkpoint": False})
    parts = {name: [data] for name, data in members.items() if name not in ("checkpoint", "SHA256SUMS")}
    parts |= {"pack.json": [contents.to_bytes()], "README.txt": [readme(contents)], f"blobs/{whole}": pieces}
    with path.open("w+b") as file:
        writer = ArchiveWriter(file)
        for name in sorted(parts, key=lambda name: name if name.startswith("blobs/") else ""):
            with writer.member(name) as write:
                for piece in parts[name]:
                    write(piece)
        with writer.member("SHA256SUMS") as write:
            write(sums_of(writer.sums))
        writer.close()
    return path


def named_by(what: str) -> str:
    """The digest that a process, or what somebody signed, is named by in the pack."""
    found = re.findall(rb'"%b":"([0-9a-f]{64})"' % what.encode(), taken_apart(DATA)["entries.jsonl"])
    return str(found[-1].decode())


@pytest.mark.parametrize(("what", "most"), [("process", 8_388_608), ("statement", 65_535), ("signature", 65_536)])
def test_row_45_a_process_or_a_signature_of_hundreds_of_megabytes_is_not_read(
    tmp_path: Path, what: str, most: int
) -> None:
    path = bomb(tmp_path / "bomb.pack", named_by(what))
    tracemalloc.start()
    try:
        report = verify_pack(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert report.outcome == "failed"
    assert any(f"at most {most:,} are read" in problem.message for problem in report.problems)
    assert peak < LARGE // 4


def test_row_45_a_directory_that_says_it_is_larger_than_its_members_take_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.pack"
    with path.open("wb") as file:
        # Nearly four gigabytes of nothing, which take no room on the disk.
        file.write(DATA[:64])
        file.seek(4 * 10**9)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, 4 * 10**9, 0, 0))

    with pytest.raises(LedgerError, match="directory"):
        PackReader.open(path)
