"""Makes signatures with the person's own ``ssh-keygen``: by a key in a file, in ssh-agent or on a security key.

That program alone handles the private key, and asks for the passphrase, the PIN and the touch. Here only the public
half is read, and the signature checked at once, so that a wrong key or a broken agent is found where it can be helped.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_IMODE

from workflow.errors import InvalidInput, NotFound, SignatureInvalid, WorkflowError
from workflow.signing.keys import PublicKey
from workflow.signing.verify import verify

MAX_PUBLIC_BYTES = 16 * 1024
MAX_SAID = 300

_OTHERS = 0o077
_SUFFIX = ".pub"
_ASKING, _ASKPASS = "SSH_ASKPASS_REQUIRE", "SSH_ASKPASS"
_INSTALL = "install OpenSSH 8.1 or later, or 8.2 for a key on a security key (Debian: apt install openssh-client)"
_MAKE = "make a key with: ssh-keygen -t ed25519, or -t ed25519-sk for one on a security key; or name the one you have"
_BROKEN = "see which program is run as ssh-keygen, and what answers as your ssh-agent (ssh-add -l); then sign again"


@dataclass(frozen=True, eq=False)
class SshKeygen:
    """Signs with one key; ``public`` is its public half.

    Args:
        key: the file of the private key, whose public half lies beside it, or that public half with ``.pub`` at its
            end, which is enough for a key in ssh-agent. A ``~/`` before it is the home of whoever runs this.
        program: the ``ssh-keygen`` to run.
        environment: what it runs in, instead of this process's own environment.

    Raises:
        NotFound: there is no such key, or its public half does not lie beside it.
        InvalidInput: the file cannot be read.
        SignatureInvalid: the public half is none that counts.
    """

    key: str | os.PathLike[str]
    program: str = field(default="ssh-keygen", kw_only=True)
    environment: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "key", _from_home(self.key, os.environ if self.environment is None else self.environment)
        )
        object.__setattr__(self, "public", _read(_public_half(Path(self.key))))

    def sign(self, statement: bytes, namespace: str) -> bytes:
        """The armored signature, genuine for exactly these bytes under this namespace.

        It takes as long as the person does. What ``ssh-keygen`` says goes to their terminal where standard error is
        one, and into the error otherwise.

        Raises:
            NotFound: the program is not there.
            InvalidInput: the program cannot be run or refuses, or the namespace is none.
            SignatureInvalid: what came back does not count as this key's signature.
        """
        command: list[str | bytes] = [self.program, "-q", "-Y", "sign", "-f", os.fspath(self.key)]
        command += ["-n", _argument(namespace)]
        heard = None if os.isatty(2) else subprocess.PIPE
        try:
            done = subprocess.run(  # noqa: S603 -- no shell: a program, and arguments that can be no option
                command, input=statement, stdout=subprocess.PIPE, stderr=heard, env=self._environment(), check=False
            )
        except FileNotFoundError as error:
            raise NotFound(f"the program {_clean(self.program)} is not there", remedy=_INSTALL) from error
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"{_clean(self.program)} cannot be run: {_clean(str(error))}", remedy=_INSTALL
            ) from error
        if done.returncode:
            raise self._refusal(done.returncode, done.stderr, namespace)
        try:
            verify(statement, done.stdout, key=self.public, namespace=namespace)
        except SignatureInvalid as error:
            raise SignatureInvalid(
                f"what {_clean(self.program)} answered does not count: {error.message}",
                reason=error.reason,
                fingerprint=self.public.fingerprint,
                remedy=_BROKEN if error.reason in ("malformed", "not-genuine") else error.remedy,
            ) from error
        return done.stdout

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ if self.environment is None else self.environment)
        # The statement stands on standard input, so ssh-keygen believes that nobody is at a terminal. It would ask in a
        # window, or, without a desktop and a terminal, take the statement's first line for the passphrase.
        if _has_terminal():
            environment.setdefault(_ASKING, "never")
        else:
            if environment.get(_ASKING, "").lower() == "never":
                environment[_ASKPASS] = "false"
            environment[_ASKING] = "force"
        return environment

    def _refusal(self, code: int, stderr: bytes | None, namespace: str) -> InvalidInput:
        key, program = os.fspath(self.key), _clean(self.program)
        mode = _mode(Path(key))
        if mode & _OTHERS and not key.endswith(_SUFFIX):
            return InvalidInput(
                f"{program} did not sign with {_clean(key)}: others may read that file (mode {mode:04o}), and such a "
                "private key is not used",
                remedy=f"chmod 600 {_clean(shlex.quote(key))}",
            )
        lines = [line for line in (stderr or b"").decode("utf-8", "replace").splitlines() if line.strip()]
        if any(line.startswith("usage:") for line in lines):
            return InvalidInput(f"{program} is too old to sign", remedy=_INSTALL)
        if lines:
            why = _clean(lines[-1])[:MAX_SAID]
        elif code < 0:
            why = f"signal {-code} ended it"
        else:
            why = "it says why above" if stderr is None else f"it ended with {code} and said nothing"
        by_hand = _clean(f"ssh-keygen -Y sign -f {shlex.quote(key)} -n {shlex.quote(namespace)} FILE")
        return InvalidInput(
            f"{program} did not sign with {_clean(key)}: {why}",
            remedy=f"try it by hand: {by_hand}; without the private key's file, it must be in ssh-agent: ssh-add -l",
        )


def find_keys(home: Path | None = None) -> list[Path]:
    """The public keys that a person most likely means, by name: ``.ssh/id_*.pub`` in their home, if they count."""
    try:
        folder = (home or Path.home()) / ".ssh"
    except RuntimeError:
        return []
    found = []
    for path in sorted(folder.glob("id_*" + _SUFFIX)):
        with suppress(WorkflowError):
            _read(path)
            found.append(path)
    return found


def _from_home(key: str | os.PathLike[str], environment: Mapping[str, str]) -> str | os.PathLike[str]:
    # As a shell would, which never sees what stands in a program.
    home, typed = environment.get("HOME"), os.fspath(key)
    return Path(home, typed[2:]) if home and typed.startswith("~/") else key


def _public_half(key: Path) -> Path:
    try:
        if key.is_dir():
            raise InvalidInput(f"{_clean(str(key))} is a directory, not a key", remedy=_MAKE)
        public = key if key.name.endswith(_SUFFIX) else key.with_name(key.name + _SUFFIX)
        if public.exists():
            return public
        there = key.exists()
    except OSError as error:
        raise _unreadable(key, error) from error
    shown = _clean(shlex.quote(str(key)))
    if there:
        raise NotFound(
            f"the public half of {shown} does not lie beside it",
            remedy=f"make it: ssh-keygen -y -f {shown} > {shown}.pub",
        )
    raise NotFound(f"there is no key {shown}", remedy=_MAKE)


def _read(public: Path) -> PublicKey:
    try:
        if not public.is_file():
            raise InvalidInput(f"{_clean(str(public))} is not a file with a public key", remedy=_MAKE)
        with public.open("rb") as stream:
            data = stream.read(MAX_PUBLIC_BYTES + 1)
    except OSError as error:
        raise _unreadable(public, error) from error
    if len(data) > MAX_PUBLIC_BYTES:
        raise InvalidInput(f"{_clean(str(public))} is too long for a public key", remedy=_MAKE)
    # The comment may be in any encoding; nothing else is beyond ASCII.
    return PublicKey.parse(data.decode("utf-8", "replace"))


def _unreadable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"{_clean(str(path))} cannot be read: {error.strerror}", remedy="see whose file it is, and who may read it"
    )


def _mode(path: Path) -> int:
    """Who may do what with a file; nobody anything where there is none."""
    try:
        return S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _argument(namespace: str) -> bytes:
    try:
        argument = namespace.encode("utf-8")
    except UnicodeEncodeError:
        argument = b""
    if not argument or b"\0" in argument:
        raise InvalidInput(
            f"{namespace!r} is no namespace to sign for", remedy="give a text that is not empty, without a NUL"
        )
    return argument


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
