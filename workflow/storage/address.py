"""Addresses of databases: what they say, and how they are shown without a password that they hold.

One of PostgreSQL is taken apart as libpq does it, which is not how other addresses are: up to the first ``@`` it is who
connects, unless a ``/`` comes before. So a password with one of these signs in it, written as it is, would in part
be taken for the host or the database, and be told in a message about them. Such an address is not used at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflow.errors import InvalidInput

HIDDEN = "***"
_SECRET = re.compile("password|secret|scram|token")
"""What the name of an option has in it whose value is a secret."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a ``postgresql://`` address, as they are written: nothing in them is decoded."""

    who: str | None
    place: str
    options: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Takes an address apart.

        Raises:
            InvalidInput: it is none of PostgreSQL's, or a piece of its password could pass for something else.
        """
        scheme, _, rest = url.partition("://")
        credentials, at, behind = rest.partition("@")
        who = credentials if at and "/" not in credentials else None
        place, _, options = (rest if who is None else behind).partition("?")
        hosts = place.partition("/")[0]
        ports = re.sub(r"\[[^\]/]*\]", "", hosts).split(",")
        if (
            scheme != "postgresql"
            # For libpq, written in C, a null would be the address's end, before the sign that ends the password.
            or re.search(r"[\x00-\x1f\x7f]", url)
            or "?" in (who or "")
            or "@" in place
            or not all(re.fullmatch(r"[^:]*(:[0-9]*)?", port) for port in ports)
            or not all(re.fullmatch(r"[a-z_]+=[^=]*", option) for option in options.split("&") if options)
        ):
            raise unreadable()
        return cls(who, place, options)

    def written(self, password: str | None) -> str:
        """The address with another word for its password; without any, where there is no word."""
        user, colon, _ = (self.who or "").partition(":")
        secret = f":{password}" if colon and password is not None else ""
        kept = []
        for option in self.options.split("&") if self.options else ():
            name, _, _ = option.partition("=")
            if not _SECRET.search(name):
                kept.append(option)
            elif password is not None:
                kept.append(f"{name}={password}")
        who = "" if self.who is None else f"{user}{secret}@"
        return f"postgresql://{who}{self.place}" + (f"?{'&'.join(kept)}" if kept else "")


def shown(url: str) -> str:
    """An address for people to read, without any password."""
    scheme, separator, _ = url.partition("://")
    if separator and scheme == "sqlite":
        return url
    try:
        return Address.of(url).written(HIDDEN)
    except InvalidInput:
        return f"{scheme}://{HIDDEN}" if separator and scheme.isalnum() else HIDDEN


def without_password(url: str) -> str:
    """An address as it may stand in a file that others read.

    Raises:
        InvalidInput: it cannot be told what in it is a password.
    """
    scheme, separator, _ = url.partition("://")
    return Address.of(url).written(None) if separator and scheme == "postgresql" else url


def unreadable() -> InvalidInput:
    """The error for an address that cannot be read; no piece of it is repeated."""
    return InvalidInput(
        "the address of the PostgreSQL database cannot be read",
        remedy="write it like postgresql://user@host:5432/database; of signs that mean something in an address,"
        " such as @ : / ? # % in a password, write the code (%40 for @)",
    )
