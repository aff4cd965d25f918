"""The directory of large blobs: one file each, named by its digest, written once and never changed."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow.errors import LedgerError, StorageError
from workflow.files import put, sync_folder
from workflow.ledger import is_digest


class BlobDirectory:
    """Files under ``<root>/ab/<digest>``; the root is made with the first of them."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, digest: str, data: bytes) -> None:
        """Keeps the bytes, durable when this returns. A file that is there already stays as it is.

        Raises:
            LedgerError: a file of that name holds other bytes.
            StorageError: the directory did not take the file.
        """
        target = self._path(digest)
        with self._usable():
            kept = _read(target)
            if kept is None:
                target.parent.mkdir(parents=True, exist_ok=True)
                put(target, data, mode=0o444)
            elif kept != data:
                raise LedgerError(
                    f"the kept blob {target} is damaged: its bytes are not those of its digest",
                    remedy="restore that file from a backup",
                )
            # Also for a file that was there: another writer may have renamed it and not synced yet.
            for directory in (target.parent, self._root, self._root.parent):
                sync_folder(directory)

    def read(self, digest: str) -> bytes | None:
        """The bytes as they are kept, or None where the file is missing.

        Raises:
            StorageError: the file is there and cannot be read.
        """
        with self._usable():
            return _read(self._path(digest))

    def _path(self, digest: str) -> Path:
        # A row that was tampered with must not lead to a file elsewhere.
        if not is_digest(digest):
            raise LedgerError(f"{digest!r} is not a SHA-256, and no blob has such a name")
        return self._root / digest[:2] / digest

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"the directory of blobs {self._root} cannot be used: {error.strerror or error}",
                remedy="check its permissions and the free space of its disk, then try again",
            ) from error


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        # Something else in its place is the file's absence too, and no trouble of the disk's.
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
            return None
        raise
