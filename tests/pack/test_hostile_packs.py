"""What is not exactly a pack is refused before anything in it is believed: one clear error each."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.golden.packs.make import PACK
from tests.pack.opened import changed, lines_changed, put_together, taken_apart
from tests.pack.packing import read
from workflow import InvalidInput, LedgerError, NotFound
from workflow.pack import PackReader
from workflow.pack.archive import Archive, ArchiveWriter

DATA = PACK.read_bytes()
MEMBERS = taken_apart(DATA)
NAMES = list(MEMBERS)
BLOBS = [name for name in NAMES if name.startswith("blobs/")]
BLOB = BLOBS[0]


def zipped(members: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """What another program makes of some members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def reordered(*names: str) -> bytes:
    rest = [name for name in NAMES if name not in names]
    return put_together({name: MEMBERS[name] for name in (*names, *rest)})


def without(name: str) -> bytes:
    return put_together({other: content for other, content in MEMBERS.items() if other != name})


def with_more(name: str, content: bytes = b"x") -> bytes:
    members = {**MEMBERS, name: content}
    members["SHA256SUMS"] = members.pop("SHA256SUMS")
    return put_together(members)


def with_directory(change: Callable[[bytearray], None]) -> bytes:
    """The pack with its directory changed, which stands at the end."""
    data = bytearray(DATA)
    change(data)
    return bytes(data)


def at_the_end(offset: int, form: str, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        struct.pack_into(form, data, len(data) - 22 + offset, value)

    return change


def in_the_directory(offset: int, form: str, value: int) -> Callable[[bytearray], None]:
    """A change of the first member's entry in the directory."""

    def change(data: bytearray) -> None:
        struct.pack_into(
            form, data, DATA.rindex(b"PK\x01\x02pack"[:4], 0, DATA.index(b"PK\x01\x02") + 4) + offset, value
        )

    return change


def contents(old: bytes, new: bytes) -> bytes:
    """The pack whose first member says something else."""
    return changed(DATA, "pack.json", lambda content: content.replace(old, new, 1))


def lines(name: str, change: Callable[[list[bytes]], Iterable[bytes]]) -> bytes:
    """The pack with other lines in a member."""
    return lines_changed(DATA, f"{name}.jsonl", change)


def each(name: str, old: bytes, new: bytes) -> bytes:
    """The pack with something else in every line of a member."""
    return lines(name, lambda all_: [line.replace(old, new) for line in all_])


def first(name: str, line: bytes) -> bytes:
    """The pack with another first line in a member."""
    return lines(name, lambda all_: [line + b"\n", *all_[1:]])


NO_PACKS = {
    "nothing": b"",
    "text": b"hello\n" * 100,
    "an empty zip": zipped([]),
    "another zip": zipped([("model.safetensors", b"x" * 1000)]),
    "a pack without its first member": put_together(dict(list(MEMBERS.items())[1:])),
    "a tar": b"pack" + b"\0" * 1024,
}

DAMAGED = {
    "zipped by another program": (zipped(list(MEMBERS.items())), "pack.json"),
    "deflated": (zipped(list(MEMBERS.items()), zipfile.ZIP_DEFLATED), "compressed"),
    "a zip bomb": (zipped([("pack.json", b"0" * 50_000_000)], zipfile.ZIP_DEFLATED), "compressed"),
    "cut off": (DATA[:-1], "cut off"),
    "half of it": (DATA[: len(DATA) // 2], "cut off"),
    "something behind it": (DATA + b"\n", "cut off"),
    "something before it": (b"#!/bin/sh\n" + DATA, "end of the file"),
    "another pack behind it": (DATA + DATA, "end of the file"),
    "a comment": (with_directory(at_the_end(20, "<H", 1)) + b"x", "end of the file"),
    "a second disk": (with_directory(at_the_end(4, "<H", 1)), "end of the file"),
    "fewer members than listed": (with_directory(at_the_end(10, "<H", len(NAMES) + 1)), "end of the file"),
    "more members than there are": (
        with_directory(lambda data: [at_the_end(o, "<H", len(NAMES) + 1)(data) for o in (8, 10)] and None),
        "directory",
    ),
    "fewer members than there are": (
        with_directory(lambda data: [at_the_end(o, "<H", len(NAMES) - 1)(data) for o in (8, 10)] and None),
        "directory",
    ),
    "encrypted": (with_directory(in_the_directory(8, "<H", 1)), "encrypted"),
    "a size that is not true": (with_directory(in_the_directory(24, "<L", 4_000_000_000)), "pack.json"),
    "an extra field": (with_directory(in_the_directory(30, "<H", 4)), "pack.json"),
    "a link": (with_directory(in_the_directory(38, "<L", 0o120777 << 16)), "pack.json"),
    "another place": (with_directory(in_the_directory(42, "<L", 7)), "pack.json"),
    "a name that is not text": (with_directory(in_the_directory(46, "<B", 0xFF)), "directory"),
    "a name with a line feed": (with_directory(in_the_directory(46, "<B", 10)), "directory"),
    "a path outside": (with_more("../pack.json"), "../pack.json"),
    "an absolute path": (with_more("/etc/passwd"), "/etc/passwd"),
    "a folder": (with_more("blobs/"), "blobs/"),
    "a stranger": (with_more("notes.txt"), "notes.txt"),
    "a blob with another name": (with_more("blobs/" + "A" * 64), "blobs/AAAA"),
    "blobs out of order": (reordered(*(name for name in NAMES if name not in BLOBS[1:]), *BLOBS[:0:-1]), "blobs/|SUMS"),
    "members out of order": (reordered("README.txt"), "pack.json"),
    **{f"without {name}": (without(name), name) for name in NAMES[1:-1] if name not in BLOBS},
    "without sums": (put_together({n: c for n, c in MEMBERS.items() if n != "SHA256SUMS"}, sums=False), "SHA256SUMS"),
    "sums of other bytes": (changed(DATA, "README.txt", lambda _: b"trust me\n", sums=False), "README.txt"),
    "sums of other members": (changed(DATA, "SHA256SUMS", lambda c: c.split(b"\n", 1)[1], sums=False), "SHA256SUMS"),
    "sums that are no sums": (changed(DATA, "SHA256SUMS", lambda _: b"\xff\n", sums=False), "SHA256SUMS"),
    "a README without end": (changed(DATA, "README.txt", lambda c: c * 100), "README.txt"),
    "a checkpoint without end": (changed(DATA, "checkpoint", lambda c: c * 1000), "checkpoint"),
    "no JSON": (contents(b"", b"{"), "pack.json"),
    "another spelling": (contents(b",", b", "), "pack.json"),
    "a field more": (contents(b"{", b'{"a":1,'), "pack.json"),
    "a field less": (contents(b'"clock":[],', b""), "pack.json"),
    "a text for a number": (contents(b'"size":34', b'"size":"34"'), "pack.json"),
    "no UTF-8": (contents(b"holdfast 0", b"holdfast\xff0"), "pack.json"),
    "a later format": (contents(b'"format":1', b'"format":2'), "format 2"),
    "another size": (contents(b'"size":34', b'"size":35'), "pack.json"),
    "another root": (contents(b'"root":"a', b'"root":"b'), "pack.json"),
    "a release that is not in it": (contents(b'"release":"aurora-fix"', b'"release":"aurora-fax"'), "pack.json"),
    "a checkpoint that is said not to be there": (contents(b'"checkpoint":true', b'"checkpoint":false'), "checkpoint"),
    "a list": (changed(DATA, "pack.json", lambda _: b"[]\n"), "pack.json"),
    "an endless line": (changed(DATA, "entries.jsonl", lambda _: b"x" * 3_000_000), "line 1|cannot be read"),
    "no last line feed": (changed(DATA, "texts.jsonl", lambda content: content[:-1]), "texts.jsonl"),
    "an empty line": (lines("texts", lambda all_: [*all_, b"\n"]), "texts.jsonl"),
    "lines of Windows": (each("texts", b"\n", b"\r\n"), "texts.jsonl"),
    "texts in another order": (lines("texts", reversed), "texts.jsonl"),
    "a text twice": (lines("texts", lambda all_: [all_[0], *all_]), "texts.jsonl"),
    "a text with other words": (each("texts", b"reason", b"season"), "texts.jsonl"),
    "a short salt": (each("texts", b'"salt":"', b'"salt":"0'), "texts.jsonl"),
    "proofs in another order": (lines("proofs", reversed), "proofs.jsonl"),
    "a proof twice": (lines("proofs", lambda all_: [all_[0], *all_]), "proofs.jsonl"),
    "a proof less": (lines("proofs", lambda all_: all_[1:]), "proof"),
    "a proof that is no list": (first("proofs", b'{"proof":1,"seq":1}'), "proofs.jsonl"),
    "a number without end": (first("proofs", b'{"proof":[],"seq":' + b"1" * 7000 + b"}"), "proofs.jsonl"),
    "a float": (first("proofs", b'{"proof":[],"seq":1.0}'), "proofs.jsonl"),
    "deep brackets": (first("proofs", b"[" * 7000), "proofs.jsonl"),
    "a root that is no root": (first("roots", b'{"proof":[],"root":"x","size":1}'), "roots.jsonl"),
    "roots in another order": (lines("roots", reversed), "roots.jsonl"),
    "an entry less": (lines("entries", lambda all_: all_[1:]), "entry 1 is missing"),
    "an entry twice": (lines("entries", lambda all_: [*all_[:3], *all_[2:]]), "entry 3 stands twice"),
    "entries in another order": (lines("entries", reversed), "entry 33 does not stand at its place"),
    "an entry in another spelling": (first("entries", b"{ }"), "entry 1 cannot be read"),
    "an entry with other words": (each("entries", b'"actor":"ana"', b'"actor":"eve"'), "entry 1 is not"),
    "a blob with other bytes": (changed(DATA, BLOB, lambda content: content + b" "), "blobs/"),
}


@pytest.mark.parametrize("what", NO_PACKS)
def test_what_is_no_pack_is_said_to_be_none(what: str) -> None:
    with pytest.raises(InvalidInput, match="no pack"):
        read(NO_PACKS[what])


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_pack_is_one_clear_error(what: str) -> None:
    data, named = DAMAGED[what]

    with pytest.raises(LedgerError, match=named) as caught:
        look_at_everything(read(data))

    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


def look_at_everything(pack: PackReader) -> None:
    """What whoever verifies a pack looks at."""
    for stored in pack.entries():
        pack.check(stored.seq, bytes.fromhex(stored.hash))
    for size in pack.sizes:
        pack.root_at(size)
    for digest in pack.blobs():
        pack.blob(digest)


def test_a_pack_cannot_be_a_pipe_a_folder_or_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        PackReader.open(tmp_path / "none.pack")
    with pytest.raises(InvalidInput):
        PackReader.open(tmp_path)


def test_what_says_to_be_huge_costs_nothing() -> None:
    begun = time.process_time()
    for what in ("a zip bomb", "a size that is not true", "an endless line", "a number without end"):
        with pytest.raises(LedgerError):
            read(DAMAGED[what][0])

    assert time.process_time() - begun < 5


def test_more_members_than_a_pack_can_have_are_not_written() -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    writer._members = [None] * 65535  # type: ignore[list-item]

    with pytest.raises(InvalidInput, match="65,535 members"), writer.member("pack.json") as write:
        write(b"")


def test_the_outer_form_holds_any_bytes() -> None:
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    for name, content in (("pack.json", b""), ("b", b"\0" * 3_000_000), ("c", b"PK\x05\x06" * 10)):
        with writer.member(name) as write:
            write(content[:1000])
            write(content[1000:])
    writer.close()

    archive = Archive(file)
    assert archive.read("b", 3_000_000) == b"\0" * 3_000_000
    assert b"".join(archive.pieces("c")) == b"PK\x05\x06" * 10
    with pytest.raises(LedgerError, match="at most 10 are read"):
        archive.read("b", 10)
