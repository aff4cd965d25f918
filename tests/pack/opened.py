"""A pack taken apart and put together again, by whoever wants it to say something else."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping

from workflow.pack.archive import Archive, ArchiveWriter

Members = dict[str, bytes]


def taken_apart(data: bytes) -> Members:
    """The members of a pack, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_together(members: Mapping[str, bytes], *, sums: bool = True) -> bytes:
    """A pack of these members in their order; with ``sums``, their sums are made anew."""
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    for name, content in members.items():
        if name == "SHA256SUMS" and sums:
            continue
        with writer.member(name) as write:
            write(content)
    if sums:
        others = {name: content for name, content in members.items() if name != "SHA256SUMS"}
        listed = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in others.items())
        with writer.member("SHA256SUMS") as write:
            write(listed.encode())
    writer.close()
    return file.getvalue()


def changed(data: bytes, name: str, change: Callable[[bytes], bytes], *, sums: bool = True) -> bytes:
    """The pack with one member changed, and everything around it made to fit."""
    members = taken_apart(data)
    members[name] = change(members[name])
    return put_together(members, sums=sums)


def lines_changed(data: bytes, name: str, change: Callable[[list[bytes]], Iterable[bytes]]) -> bytes:
    """The pack with the lines of one member changed."""
    return changed(data, name, lambda content: b"".join(change(content.splitlines(keepends=True))))


def archive(data: bytes) -> Archive:
    """The outer form of a pack alone."""
    return Archive(io.BytesIO(data))
