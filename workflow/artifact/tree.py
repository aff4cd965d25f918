"""The files that lie at a path right now, reached without leaving it and without following a link while reading.

A link is resolved once, when the tree is listed, and only to a file inside the tree. From then on every part of the way
is opened by itself and none may be a link, so a link that is swapped in later leads nowhere. Each file is held to what
the listing saw of it, before and after its bytes are read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from workflow.artifact.names import check_distinct, check_path, is_ignored
from workflow.errors import InvalidInput, NotFound

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Without O_NONBLOCK, a named pipe that takes a file's place would be waited on for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file without reading it; writing to the file moves it.

    Whoever can write can set ``mtime`` back, but not ``ctime``.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp in a result of ``stat``."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file of a tree: the ``path`` that is recorded, and the ``target`` below the root that has the bytes."""

    path: str
    target: str
    stamp: Stamp


class Tree:
    """A directory, or a single file, opened for listing and reading.

    Args:
        path: may itself be a link, since the caller named it; the tree is what it leads to.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is neither a directory nor a file, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._alone: str | None = None
        try:
            real = Path(os.path.realpath(path, strict=True))
            mode = real.stat().st_mode
            if stat.S_ISREG(mode):
                self._alone, real = real.name, real.parent
            elif not stat.S_ISDIR(mode):
                raise InvalidInput(f"{str(path)!r} is neither a file nor a directory", remedy="name the model's files")
            self._root = real
            self._descriptor = os.open(real, _FOLDER)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(f"there is nothing at {str(path)!r}", remedy="name the model's directory or file") from error
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"{str(path)!r} cannot be opened: {_reason(error)}", remedy="name a path that this user may read"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def files(self, rules: tuple[str, ...]) -> list[TreeFile]:
        """The files that are there now, except those that the rules leave out; at least one.

        Raises:
            InvalidInput: there is none, a name is refused or collides with another, a link does not lead to a file
                inside the tree, or something is neither a file nor a directory.
        """
        listing = self._walk(rules) if self._alone is None else self._single(self._alone, rules)
        found = sorted(listing, key=lambda file: file.path)
        if not found:
            raise InvalidInput(
                f"{str(self._path)!r} holds no file that counts",
                remedy=f"name the directory that has the model's files; left out are {', '.join(rules) or 'none'}",
            )
        # Across all components: they lie in one tree. And before hours of reading, not after.
        check_distinct(file.path for file in found)
        return found

    def read(self, file: TreeFile, buffer: memoryview) -> Iterator[memoryview]:
        """The file's bytes, in blocks that lie in ``buffer`` until the next one is asked for.

        Several threads may read at once, each into a buffer of its own. The file is not mapped into memory, although
        that would save a copy: whoever cuts a mapped file short kills the process that reads it.

        Raises:
            InvalidInput: the file cannot be read, or is not, from the first byte to the last, the one that was listed.
        """
        with _reaching(file.path), os.fdopen(self._open(file.target, _FILE), "rb", buffering=0) as stream:
            _expect(file, os.fstat(stream.fileno()))
            size = 0
            while size <= file.stamp.size and (count := stream.readinto(buffer)):
                size += count
                yield buffer[:count]
            _expect(file, os.fstat(stream.fileno()))
            if size != file.stamp.size:
                raise changed(file.path)

    def _single(self, name: str, rules: tuple[str, ...]) -> Iterator[TreeFile]:
        path = _readable(self._path.name)
        check_path(path)
        if not is_ignored(path, rules):
            yield self._file(path, name)

    def _walk(self, rules: tuple[str, ...]) -> Iterator[TreeFile]:
        pending = [""]
        while pending:
            folder = pending.pop()
            with _reaching(folder or str(self._path)), ExitStack() as stack:
                descriptor = self._open(folder + ".", _FOLDER)
                stack.callback(os.close, descriptor)
                for entry in stack.enter_context(os.scandir(descriptor)):
                    target = folder + entry.name
                    path = _readable(target)
                    check_path(path)
                    if entry.is_dir(follow_symlinks=False):
                        if not is_ignored(path + "/", rules):
                            pending.append(target + "/")
                    elif entry.is_symlink():
                        yield self._file(path, self._resolve(path, target))
                    elif not (entry.is_file(follow_symlinks=False) and is_ignored(path, rules)):
                        yield self._file(path, target)

    def _resolve(self, path: str, target: str) -> str:
        copy = f"copy the files with links resolved and use the copy: cp -rL {str(self._path)!r} COPY"
        with _reaching(path):
            try:
                real = Path(os.path.realpath(self._root / target, strict=True))
            except (FileNotFoundError, NotADirectoryError) as error:
                raise InvalidInput(
                    f"the link {path!r} leads to nothing", remedy="remove the link, or bring back the file it names"
                ) from error
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
                raise InvalidInput(f"the link {path!r} leads back to itself", remedy="remove the link") from error
        if not real.is_relative_to(self._root):
            raise InvalidInput(f"the link {path!r} leaves the tree: it leads to {str(real)!r}", remedy=copy)
        if real.is_dir():
            raise InvalidInput(f"the link {path!r} leads to a directory; only links to files are taken", remedy=copy)
        return str(real.relative_to(self._root))

    def _file(self, path: str, target: str) -> TreeFile:
        with _reaching(path):
            status = os.stat(target, dir_fd=self._descriptor, follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInput(
                f"{path!r} is not a file but a device, pipe or socket, which has no fixed bytes", remedy="remove it"
            )
        return TreeFile(path, target, Stamp.of(status))

    def _open(self, target: str, flags: int) -> int:
        *folders, name = target.split("/")
        at = os.dup(self._descriptor)
        try:
            for folder in folders:
                inner = os.open(folder, _FOLDER, dir_fd=at)
                os.close(at)
                at = inner
            return os.open(name, flags, dir_fd=at)
        finally:
            os.close(at)


def changed(path: str) -> InvalidInput:
    """The refusal of a file that did not stay as it was while the candidate was being hashed."""
    return InvalidInput(
        f"{path!r} changed, appeared or vanished while the files were being hashed",
        remedy="stop what writes there and hash again, or hash a copy",
    )


def _expect(file: TreeFile, status: os.stat_result) -> None:
    if Stamp.of(status) != file.stamp:
        raise changed(file.path)


@contextmanager
def _reaching(path: str) -> Iterator[None]:
    """Turns what the system says about a path that was just there into an error of ours."""
    try:
        yield
    except OSError as error:
        if error.errno in _GONE:
            raise changed(path) from error
        raise InvalidInput(
            f"{path!r} cannot be read: {_reason(error)}", remedy="make it readable for this user, or remove it"
        ) from error


def _readable(target: str) -> str:
    # The recorded name is the bytes on disk as UTF-8, whatever encoding this process reads names with.
    return os.fsencode(target).decode("utf-8", "surrogateescape")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
