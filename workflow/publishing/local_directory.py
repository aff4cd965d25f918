"""Publishes into a directory of this machine: copied beside its destination, read back, and moved there in one step.

The copy lies in a directory of its own that nobody but its owner may enter, so that the one rename out of it is the
moment at which others can have it, and there is no other. Nothing that lies at the destination is ever replaced.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from workflow import artifact
from workflow.artifact import CandidateFiles, Manifest, ManifestFile, Meter
from workflow.errors import ConcurrentUpdate, InvalidInput, PublishingFailed
from workflow.publishing.base import Check, Found, OnProgress, Staging
from workflow.publishing.folders import (
    FOLDER,
    OPEN_FILE,
    PRIVATE,
    exists,
    is_private,
    make_below,
    open_folder,
    rename_exclusively,
    status_of,
    sync_tree,
)

PREFIX = ".holdfast-"
TREE = "files"
ROOM = 16 * 1024 * 1024
"""How much must stay free beside the files, for directories and whatever else is written there."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class LocalDirectory:
    """The publisher ``local_directory``; a destination is the absolute path of a directory that is not there yet."""

    def rehearse(self, files: CandidateFiles, destination: str) -> Sequence[Check]:
        """Looks at the place, at what lies there, whether there is room, and whether one step can put it there."""
        try:
            parent, name = _place(destination)
        except InvalidInput as error:
            return (Check("place", ok=False, text=error.message),)
        try:
            return tuple(_checks(files, destination, parent, name))
        finally:
            os.close(parent)

    def stage(
        self, files: CandidateFiles, destination: str, permit: str, progress: OnProgress | None = None
    ) -> Staging:
        """Copies the files, durably, into a directory beside the destination that nobody else may enter."""
        parent, name = _place(destination)
        private = f"{PREFIX}{permit[:16]}-{secrets.token_hex(8)}"
        with _told(f"the files cannot be staged beside {destination!r}"):
            try:
                os.mkdir(private, PRIVATE, dir_fd=parent)
            except BaseException:
                os.close(parent)
                raise
            copy = _Copy(files.manifest, destination, parent, name, private)
            try:
                copy.fill(copy.lock(), files, progress)
            except BaseException:
                copy.discard()
                copy.close()
                raise
        return copy

    def resume(self, manifest: Manifest, destination: str, reference: str) -> Staging:
        """Finds the copy by the name of its private directory and the number of its top in the file system."""
        private, _, number = reference.rpartition("/")
        if not private.startswith(PREFIX) or "/" in private or not number.isdecimal():
            raise InvalidInput(f"{reference!r} is no copy of this publisher's")
        parent, name = _place(destination)
        copy = _Copy(manifest, destination, parent, name, private, int(number))
        try:
            with _told(f"what was staged beside {destination!r} cannot be looked at"):
                if exists(private, parent):
                    copy.lock()
        except BaseException:
            copy.close()
            raise
        return copy


class _Copy:
    """One copy: below ``private``, or at ``name``, both in the directory ``parent``. Its top keeps its number."""

    def __init__(
        self, manifest: Manifest, destination: str, parent: int, name: str, private: str, number: int = 0
    ) -> None:
        self._manifest = manifest
        self._destination = destination
        self._parent = parent
        self._name = name
        self._private = private
        self._number = number
        self._lock: int | None = None

    @property
    def reference(self) -> str:
        """The private directory's name, and the number of the copy's top."""
        return f"{self._private}/{self._number}"

    def lock(self) -> int:
        """Makes sure that it is private, and that no other process is at work on it, as long as this one lives.

        Returns:
            A handle of the private directory.
        """
        handle = os.open(self._private, FOLDER, dir_fd=self._parent)
        self._lock = handle
        if not is_private(os.fstat(handle)):
            raise InvalidInput(
                f"{self._private!r} beside {self._destination!r} is not private any more",
                remedy="find out who changed it, and remove it",
            )
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConcurrentUpdate(
                f"another process is publishing to {self._destination!r} now", remedy="wait for it, and look again"
            ) from None
        return handle

    def fill(self, private: int, files: CandidateFiles, progress: OnProgress | None) -> None:
        """Writes every file of the manifest, and nothing else, hashed as it is written."""
        os.mkdir(TREE, PRIVATE, dir_fd=private)
        top = os.open(TREE, FOLDER, dir_fd=private)
        try:
            self._number = os.fstat(top).st_ino
            meter = Meter(self._manifest.file_count, self._manifest.total_bytes, time.monotonic)
            for path, file in artifact.layout(self._manifest).items():
                meter.begin(path)
                _write(files, file, path, top, meter, progress)
                meter.end()
                if progress is not None:
                    progress(meter.progress())
            sync_tree(top)
            os.fsync(private)
        finally:
            os.close(top)

    def look(self) -> Found:
        """Whether the copy's top is in the private directory, at the destination, or in neither place."""
        with _told(f"what became of the copy for {self._destination!r} cannot be seen"):
            inside = self._inside()
            out = status_of(self._name, self._parent)
        there = out is not None and stat.S_ISDIR(out.st_mode) and out.st_ino == self._number
        facts = {"copy": self._private, "number": str(self._number)}
        if inside and not there:
            return Found("staged", {**facts, "mode": f"{PRIVATE:04o}"})
        seen = there and not inside and self._moved() is None
        return Found("published" if seen else "unknown", facts)

    def verify(self, progress: OnProgress | None = None) -> str:
        """Reads every file back from where the copy is now; nothing else may lie among them, not even what is ignored.

        Files are reached by the path of the place, so that has to lead to the place still.
        """
        published = self.look().state == "published"
        self._check_place()
        path = Path(self._destination) if published else Path(self._destination).parent / self._private / TREE
        components = None
        if not artifact.has_one_tree(self._manifest):
            components = {name: name for name in self._manifest.components}
        exactly = replace(self._manifest, ignore=())
        difference = artifact.verify(path, exactly, components=components, progress=progress)
        other = [file.path for file in (*difference.added, *difference.removed)]
        other += [change.new.path for change in difference.changed]
        if components is not None:
            with _told(f"the copy for {self._destination!r} cannot be read back"):
                other += sorted({inner.name for inner in path.iterdir()}.difference(components))
        if other:
            raise InvalidInput(
                f"the copy for {self._destination!r} is not the candidate: {other[0]!r} differs",
                remedy="find out what wrote there",
            )
        return self._manifest.digest

    def publish(self) -> None:
        """Moves the top to the destination; fails where that name is taken, even by an empty directory."""
        if self._lock is None:
            raise InvalidInput(f"there is no copy beside {self._destination!r} any more")
        self._check_place()
        with _told(f"the copy could not be moved to {self._destination!r}"):
            rename_exclusively(TREE, self._lock, self._name, self._parent)
            os.fsync(self._parent)
            os.fsync(self._lock)

    def discard(self) -> None:
        """Removes the private directory, with whatever is in it."""
        with _told(f"{self._private!r} beside {self._destination!r} cannot be removed"), suppress(FileNotFoundError):
            shutil.rmtree(self._private, dir_fd=self._parent)

    def close(self) -> None:
        """Closes what is open of it."""
        for handle in (self._lock, self._parent):
            if handle is not None:
                with suppress(OSError):
                    os.close(handle)
        self._lock = None

    def _moved(self) -> str | None:
        """Why the path of the place does not lead any more to where the copy was made, or None."""
        try:
            again, _ = _place(self._destination)
        except InvalidInput as error:
            return error.message
        try:
            same = os.path.samestat(os.fstat(again), os.fstat(self._parent))
        finally:
            os.close(again)
        return None if same else f"another directory is where {self._destination!r} was to lie"

    def _check_place(self) -> None:
        if why := self._moved():
            raise InvalidInput(why, remedy="find out who moved it")

    def _inside(self) -> bool:
        """Whether the top is in the private directory still, and that is private."""
        if self._lock is None:
            return False
        now = status_of(self._private, self._parent)
        held = os.fstat(self._lock)
        top = status_of(TREE, self._lock)
        same = now is not None and (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino)
        return same and is_private(held) and top is not None and top.st_ino == self._number


def _place(destination: str) -> tuple[int, str]:
    """The handle of the directory that a destination is to lie in, and its name there.

    Raises:
        InvalidInput: it is no plain absolute path, or its directory cannot be reached without a link.
    """
    head, _, name = destination.rpartition("/")
    if not destination.startswith("/") or {"", ".", ".."}.intersection(destination.split("/")[1:]) or not head:
        raise InvalidInput(
            f"{destination!r} is no plain absolute path below a directory", remedy="write it out: /srv/models/aurora-7b"
        )
    if name.startswith(PREFIX) or len(os.fsencode(name)) > 255 or "\0" in destination:
        raise InvalidInput(f"{name!r} cannot be the name of what is published", remedy="choose another name")
    return open_folder(head), name


def _checks(files: CandidateFiles, destination: str, parent: int, name: str) -> Iterator[Check]:
    status = os.fstat(parent)
    folder = destination.rpartition("/")[0]
    foreign = bool(stat.S_IMODE(status.st_mode) & 0o002) and not status.st_mode & stat.S_ISVTX
    yield Check(
        "place",
        ok=not foreign,
        text=f"anybody may rename what lies in {folder}" if foreign else f"{folder} is there, reached without a link",
    )
    taken = exists(name, parent)
    yield Check("free", ok=not taken, text=f"something lies at {destination}" if taken else "nothing lies there yet")
    within = artifact.lies_within(Path(destination), files.roots)
    if within:
        yield Check("outside", ok=False, text=f"{destination} lies among the candidate's own files")
    volume = os.fstatvfs(parent)
    have, want = volume.f_bavail * volume.f_frsize, files.manifest.total_bytes + ROOM
    yield Check("room", ok=have >= want, text=f"{have:,} bytes are free, and {want:,} are needed")
    problem = _rehearsed(parent)
    yield Check("one step", ok=problem is None, text=problem or "it can be moved there in one step, replacing nothing")


def _rehearsed(parent: int) -> str | None:
    """What is wrong with moving a directory into this one without replacing anything, tried out beside it; or None."""
    private = f"{PREFIX}{secrets.token_hex(8)}"
    try:
        os.mkdir(private, PRIVATE, dir_fd=parent)
        try:
            handle = os.open(private, FOLDER, dir_fd=parent)
            try:
                for name in ("one", "two", "three"):
                    os.mkdir(name, PRIVATE, dir_fd=handle)
                rename_exclusively("one", handle, "four", handle)
                rename_exclusively("two", handle, "three", handle)
            finally:
                os.close(handle)
        finally:
            shutil.rmtree(private, dir_fd=parent)
    except FileExistsError:
        return None
    except OSError as error:
        return f"it cannot be moved there in one step: {error.strerror or error}"
    return "it cannot be moved there without replacing what might be there by then"


def _write(
    files: CandidateFiles, file: ManifestFile, path: str, top: int, meter: Meter, progress: OnProgress | None
) -> None:
    folder, name = make_below(path, top)
    try:
        handle = os.open(name, _NEW, 0o600, dir_fd=folder)
    finally:
        os.close(folder)
    with os.fdopen(handle, "wb", buffering=0) as stream:
        for block in files.read(file):
            view = block
            while view:
                view = view[stream.write(view) :]
            meter.read(len(block))
            if progress is not None:
                progress(meter.progress())
        os.fchmod(handle, OPEN_FILE)
        os.fsync(handle)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turns what the system says into an error of ours."""
    try:
        yield
    except FileExistsError as error:
        raise InvalidInput(
            f"{what}: something lies there already, and is left as it is", remedy="name another destination"
        ) from error
    except OSError as error:
        remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "name a directory that can be written"
        raise PublishingFailed(f"{what}: {error.strerror or error}", remedy=remedy) from error
