"""The outer form of a pack: a ZIP file of which every byte follows from the names and the contents of its members.

Members are stored one behind the other, then comes their directory, and nothing else: no compression, no times, no
comments, no extra fields. Any program that reads ZIP files reads it, and here nothing has to be unpacked, guessed or
believed. What is read is held to the bytes that would have been written (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12, 4.3.16).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from workflow.errors import InvalidInput, LedgerError

MAX_BYTES = 2**32 - 1
MAX_MEMBERS = 2**16 - 1
MAX_NAME = 80
CHUNK = 1 << 20

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _MADE_BY, _STORED = 20, 3 << 8 | 20, 0
_MODE = 0o100644 << 16
_TIME, _DATE = 0, 1 << 5 | 1  # midnight of the first day that the format knows: 1 January 1980


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its name, where its bytes begin, how many there are, and their CRC-32."""

    name: str
    start: int
    size: int
    crc: int

    @property
    def header(self) -> bytes:
        """What stands before its bytes."""
        name = self.name.encode("ascii")
        fixed = (b"PK\x03\x04", _VERSION, 0, _STORED, _TIME, _DATE, self.crc, self.size, self.size, len(name), 0)
        return _LOCAL.pack(*fixed) + name

    @property
    def listed(self) -> bytes:
        """What the directory says of it."""
        name = self.name.encode("ascii")
        begins = self.start - _LOCAL.size - len(name)
        about = (_TIME, _DATE, self.crc, self.size, self.size, len(name), 0, 0, 0, 0, _MODE, begins)
        return _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, _VERSION, 0, _STORED, *about) + name


def _end(members: int, directory: int, start: int) -> bytes:
    return _END.pack(b"PK\x05\x06", 0, 0, members, members, directory, start, 0)


class ArchiveWriter:
    """Writes members one after the other into a file that is empty and can be sought in.

    ``sums`` are the SHA-256 of what was written, by name.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._members: list[Member] = []
        self.sums: dict[str, str] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Takes the bytes of the next member, piece by piece.

        Raises:
            InvalidInput: there would be more than a pack holds.
        """
        file, begins = self._file, self._file.tell()
        start = begins + len(Member(name, 0, 0, 0).header)
        file.seek(start)
        size, crc, digest = 0, 0, hashlib.sha256()

        def write(data: bytes) -> None:
            nonlocal size, crc
            size, crc = size + len(data), zlib.crc32(data, crc)
            # The directory needs some room behind it.
            if start + size + (len(self._members) + 2) * (_CENTRAL.size + MAX_NAME) > MAX_BYTES:
                raise _too_much(f"{MAX_BYTES:,} bytes")
            digest.update(data)
            file.write(data)

        yield write
        if len(self._members) == MAX_MEMBERS:
            raise _too_much(f"{MAX_MEMBERS:,} members")
        member = Member(name, start, size, crc)
        file.seek(begins)
        file.write(member.header)
        file.seek(start + size)
        self._members.append(member)
        self.sums[name] = digest.hexdigest()

    def close(self) -> int:
        """Writes the directory, and says how many bytes there are now."""
        start = self._file.tell()
        directory = b"".join(member.listed for member in self._members)
        self._file.write(directory + _end(len(self._members), len(directory), start))
        return self._file.tell()


def _too_much(most: str) -> InvalidInput:
    return InvalidInput(
        f"this would be more than the {most} that a pack can have",
        remedy="leave the evidence out of it, with --digests-only",
    )


class Archive:
    """Reads what :class:`ArchiveWriter` writes, and nothing else.

    Raises:
        InvalidInput: this is no pack.
        LedgerError: it was one, and is damaged; the error names the member.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)
        if not self._named():
            raise InvalidInput(
                "this is no pack", remedy="name a file that was written by: holdfast audit export RELEASE -o FILE"
            )
        self.members = {member.name: member for member in self._directory()}
        place = 0
        for member in self.members.values():
            if member.start != place + len(member.header) or self._at(place, len(member.header)) != member.header:
                raise damaged(member.name, "its own header says something else than the directory")
            place = member.start + member.size
        if place != self._begins:
            raise damaged("the directory", "it does not stand where the last member ends")

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a member.

        Raises:
            LedgerError: there is none, or it is larger than the limit or was altered.
        """
        member = self.members.get(name)
        if member is None:
            raise damaged(name, "it is missing")
        if member.size > limit:
            raise damaged(name, f"it has {member.size:,} bytes, and at most {limit:,} are read")
        data = self._at(member.start, member.size)
        if zlib.crc32(data) != member.crc:
            raise damaged(name, "it was altered: its bytes do not have their checksum")
        return data

    def part(self, name: str, offset: int, size: int) -> bytes:
        """Some bytes of a member, unchecked."""
        return self._at(self.members[name].start + offset, size)

    def pieces(self, name: str) -> Iterator[bytes]:
        """All bytes of a member, piece by piece, unchecked."""
        member = self.members[name]
        for place in range(0, member.size, CHUNK):
            yield self._at(member.start + place, min(CHUNK, member.size - place))

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        return self._file.read(size)

    def _named(self) -> bool:
        first = b"pack.json"
        return first in self._at(0, 64) or first in self._at(max(0, self.size - CHUNK), CHUNK)

    def _directory(self) -> Iterator[Member]:
        if self.size > MAX_BYTES or self.size < _END.size:
            raise damaged("the directory", f"a pack has {_END.size} to {MAX_BYTES:,} bytes, and this has {self.size:,}")
        end = self._at(self.size - _END.size, _END.size)
        *_, count, _, length, begins, _ = _END.unpack(end)
        if begins + length + _END.size != self.size or end != _end(count, length, begins):
            raise damaged("the end of the file", "it was cut off or altered, or something stands behind it")
        if length > count * (_CENTRAL.size + MAX_NAME):
            raise damaged("the directory", f"it has more bytes than {count:,} members take")
        self._begins = begins
        directory = self._at(begins, length)
        place, names = 0, set[str]()
        for number in range(1, count + 1):
            member = _listed(directory, place, number)
            if member.name in names:
                raise damaged(member.name, "it stands twice in the directory")
            names.add(member.name)
            place += len(member.listed)
            yield member
        if place != length:
            raise damaged("the directory", f"it lists more than its {count} members")


def _listed(directory: bytes, place: int, number: int) -> Member:
    """The member that the directory lists at a place."""
    fixed = directory[place : place + _CENTRAL.size]
    if len(fixed) < _CENTRAL.size:
        raise damaged("the directory", f"it ends before member {number}")
    _, _, _, flags, method, _, _, crc, packed, size, length, *_, begins = _CENTRAL.unpack(fixed)
    raw = directory[place + _CENTRAL.size : place + _CENTRAL.size + length]
    name = ascii(raw.decode("latin-1"))[1:-1][:MAX_NAME]
    if len(raw) != length or not 1 <= length <= MAX_NAME or not raw.isascii() or not raw.decode().isprintable():
        raise damaged("the directory", f"member {number} has no name that a member of a pack can have")
    if flags & 1:
        raise damaged(name, "it is encrypted")
    if method != _STORED or packed != size:
        raise damaged(name, "it is compressed; a pack's members are stored as they are")
    member = Member(raw.decode("ascii"), begins + _LOCAL.size + length, size, crc)
    if member.listed != directory[place : place + len(member.listed)]:
        raise damaged(name, "the directory says more of it than of a member of a pack")
    return member


def damaged(what: str, why: str) -> LedgerError:
    """The error of a pack that is not what was written."""
    return LedgerError(
        f"the pack is damaged at {what}: {why}", remedy="get the file again from whoever made it, and compare its sum"
    )
