"""A log's or a witness's own key, in a file that only its owner can read.

It is an Ed25519 key in the form of OpenSSH, without a passphrase, because it signs where nobody is there to type one.
So it is guarded by the file alone, and a file that others could have read is no guard: such a key is not used.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workflow.errors import InvalidInput, LogUnusable
from workflow.files import sync_folder, unwritten
from workflow.ledger.note import ED25519, NoteKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_BYTES = 8 * 1024
OWNER_ONLY = 0o600

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_MAKE = "make one with: holdfast checkpoint new-key FILE, or holdfast witness init"


@dataclass(frozen=True)
class LogKey:
    """A key that signs notes under a name: for a log, its origin.

    ``kind`` is the type of what it makes: of a log, a plain signature; of a witness, a cosignature.
    """

    name: str
    kind: int
    public: bytes
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def key(self) -> NoteKey:
        """What everybody else knows it by."""
        return NoteKey(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """The same in one word, to be written down."""
        return str(self.key)

    def sign(self, message: bytes) -> bytes:
        """The raw signature."""
        return self._private.sign(message)

    @classmethod
    def read(cls, path: str | os.PathLike[str], name: str, *, kind: int = ED25519) -> LogKey:
        """The key in a file.

        Raises:
            LogUnusable: there is none, others can read the file, it is a link, or it holds something else.
            InvalidInput: nothing can sign under that name.
        """
        check_name(name)
        private = _loaded(_bytes_of(Path(path)), Path(path))
        return cls(name, kind, private.public_key().public_bytes_raw(), private)


def make_key(path: str | os.PathLike[str]) -> None:
    """Makes a new key in a file that is not there yet.

    Raises:
        InvalidInput: something is there, or it cannot be written.
        StorageError: the disk is full or takes nothing.
    """
    # Slow to import, and only who makes or uses a key needs it.
    from workflow.signing.primitives import new_ed25519

    place = Path(path)
    try:
        handle = os.open(place, _WRITE, OWNER_ONLY)
    except FileExistsError:
        raise _there_already(place) from None
    except (OSError, ValueError) as error:
        raise unwritten(error, str(place), "name another place") from error
    try:
        with os.fdopen(handle, "wb") as file:
            # The process's mask may have taken more away than it should.
            os.fchmod(file.fileno(), OWNER_ONLY)
            file.write(new_ed25519())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(place.parent)
    except OSError as error:
        place.unlink(missing_ok=True)
        raise unwritten(error, str(place), "make room, or name another place") from error


def check_free(path: str | os.PathLike[str]) -> None:
    """Checks that a key can be made in a file that is not there yet, as far as can be told before.

    Raises:
        InvalidInput: something is there.
    """
    if os.path.lexists(path):
        raise _there_already(Path(path))


def check_name(name: str) -> None:
    """Checks that notes can be signed under a name.

    Raises:
        InvalidInput: they cannot.
    """
    if not name or "+" in name or not name.isascii() or not name.isprintable() or " " in name or len(name) > 255:
        raise InvalidInput(
            f"nothing can sign a checkpoint under the name {name[:80]!r}: it has a plus, a blank, or no letter at all",
            remedy="a name is 1 to 255 printable ASCII characters, without blanks and without a plus",
        )


def _there_already(place: Path) -> InvalidInput:
    return InvalidInput(f"{place} is there already", remedy="name another file; a key is never replaced")


def _bytes_of(path: Path) -> bytes:
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError:
        raise LogUnusable(f"there is no key in {str(path)!r}", remedy=_MAKE) from None
    except (OSError, ValueError) as error:
        link = getattr(error, "errno", None) == errno.ELOOP
        why = "it is a link" if link else getattr(error, "strerror", None) or str(error)
        raise LogUnusable(f"the key {str(path)!r} is not used: {why}", remedy="name the file itself") from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise LogUnusable(f"{str(path)!r} is not a regular file", remedy=_MAKE)
        if found.st_uid not in (os.geteuid(), 0) or found.st_mode & _OTHERS or found.st_nlink > 1:
            whose = "it has other names" if found.st_nlink > 1 else "others than its owner can read or write it"
            raise LogUnusable(
                f"the key {str(path)!r} is not used: {whose}",
                remedy="a key that others had access to is theirs too: make another, and have it named; "
                "or, where nobody had, chmod 600",
            )
        data = os.read(handle, MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > MAX_BYTES:
        raise LogUnusable(f"{str(path)!r} is no key", remedy=_MAKE)
    return data


def _loaded(data: bytes, path: Path) -> Ed25519PrivateKey:
    from workflow.signing.primitives import read_ed25519

    try:
        return read_ed25519(data)
    except InvalidInput as error:
        raise LogUnusable(f"{str(path)!r} is not used: {error.message}", remedy=_MAKE) from error
