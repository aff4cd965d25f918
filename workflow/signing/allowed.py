"""Reads the file that says whose keys count: ssh-keygen's ALLOWED SIGNERS, the part of it that names people exactly."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from workflow.errors import SignatureInvalid
from workflow.signing.keys import KINDS, PublicKey

_OPTION = r'[A-Za-z][A-Za-z-]*(?:="[^"\\]*")?'
_OPTIONS = re.compile(rf"({_OPTION}(?:,{_OPTION})*) +(?=\S)")
_EACH_OPTION = re.compile(r'([A-Za-z][A-Za-z-]*)(?:="([^"\\]*)")?')
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z", re.ASCII)
_FORM = 'write it like: mara@example.org namespaces="file" ssh-ed25519 AAAA... comment'


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One line: a key, and the names that it may sign for.

    ``namespaces`` is ``None`` where the line does not limit them. The key counts from ``valid_after`` up to and
    including ``valid_before``, where these are given.
    """

    principals: tuple[str, ...]
    key: PublicKey
    namespaces: tuple[str, ...] | None
    valid_after: datetime | None
    valid_before: datetime | None


def parse_allowed_signers(text: str) -> list[AllowedSigner]:
    """Everyone in the file, in its order.

    Raises:
        SignatureInvalid: a line does not have its form, names people by a pattern, trusts an authority, gives a time
            without Z, or gives a key that does not count or that stands above already. ``line`` says which.
    """
    signers: list[AllowedSigner] = []
    lines: dict[PublicKey, int] = {}
    # Only a line feed ends a line, as for ssh-keygen: str.splitlines would find lines that nobody sees there.
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r").replace("\t", " ").strip(" ")
        if not line or line.startswith("#"):
            continue
        try:
            signer = _signer(line)
            if signer.key in lines:
                raise _unreadable(
                    f"the key {signer.key.fingerprint} stands in line {lines[signer.key]} already",
                    remedy="give each key one line; several names stand there with commas between",
                )
        except SignatureInvalid as error:
            raise SignatureInvalid(
                f"line {number}: {error.message}", reason=error.reason, line=number, remedy=error.remedy
            ) from error
        lines[signer.key] = number
        signers.append(signer)
    return signers


def _signer(line: str) -> AllowedSigner:
    principals, _, rest = line.partition(" ")
    rest = rest.lstrip(" ")
    if not rest or not line.isprintable():
        raise _unreadable("this is not a list of names with a key")
    found = None if rest.split(" ", 1)[0] in KINDS else _OPTIONS.match(rest)
    options = _options(found[1]) if found else {}
    if found:
        rest = rest[found.end() :]
    key = PublicKey.parse(rest)
    after, before = _time(options, "valid-after"), _time(options, "valid-before")
    if after is not None and before is not None and before <= after:
        raise _unreadable("valid-before is not later than valid-after")
    namespaces = options.get("namespaces")
    return AllowedSigner(
        principals=_names(principals, "name"),
        key=key,
        namespaces=None if namespaces is None else _names(namespaces, "namespace"),
        valid_after=after,
        valid_before=before,
    )


def _options(text: str) -> dict[str, str | None]:
    options: dict[str, str | None] = {}
    for found in _EACH_OPTION.finditer(text):
        name, value = found[1].lower(), found[2]
        if name == "cert-authority":
            raise SignatureInvalid(
                "cert-authority lets somebody else say who may sign",
                reason="certificate",
                remedy="give each signer's own plain key instead",
            )
        if name not in ("namespaces", "valid-after", "valid-before"):
            raise _unreadable(f"{name[:80]!r} is neither an option nor a type of key that counts")
        if value is None:
            raise _unreadable(f'{name} takes a value in quotes, such as {name}="..."')
        if name in options:
            raise _unreadable(f"{name} is given twice")
        options[name] = value
    return options


def _names(text: str, what: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if len(set(names)) < len(names):
        raise _unreadable(f"a {what} is given twice")
    for name in names:
        if not name or set(name) & set('*?!" '):
            raise _unreadable(
                f"{name[:80]!r} is not one {what}",
                remedy=f"write each {what} out, without a pattern, a space or a quote",
            )
    return names


def _time(options: dict[str, str | None], name: str) -> datetime | None:
    text = options.get(name)
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    if found:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        with suppress(ValueError):
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    raise _unreadable(
        f"{name} is {text[:80]!r}, not a time in UTC",
        remedy=f'write it like {name}="20250717Z" or {name}="20250717170000Z", with the Z: local times differ',
    )


def _unreadable(message: str, *, remedy: str = _FORM) -> SignatureInvalid:
    return SignatureInvalid(message, reason="allowed-signers", remedy=remedy)
