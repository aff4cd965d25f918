"""Pins: entries whose hashes somebody wrote down elsewhere, such as the genesis and the administrators' first keys.

Everything else that is signed follows from these. Whoever rewrites the ledger can make everything fit again but them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from workflow import ledger
from workflow.errors import ChainBroken, InvalidInput
from workflow.ledger import entry_hash
from workflow.storage.base import Reader

Pins = Mapping[int, str]
"""The hashes that entries must have, by their number."""

_PIN = re.compile(r"([1-9][0-9]{0,14}):([0-9a-f]{64})", re.ASCII)


def parse_pin(text: str) -> tuple[int, str]:
    """An entry and the hash that it must have, as people write them: ``SEQ:HASH``.

    Raises:
        InvalidInput: it is written otherwise.
    """
    found = _PIN.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text[:80]!r} pins nothing", remedy="write the number of an entry, a colon, and its hash")
    return int(found[1]), found[2]


def checked_pins(pinned: Pins) -> dict[int, str]:
    """The pins, each of a possible entry and with a possible hash.

    Raises:
        InvalidInput: one is not.
    """
    for seq, digest in pinned.items():
        if seq < 1 or not ledger.is_digest(digest):
            raise InvalidInput(
                f"{seq}:{digest} pins nothing", remedy="write the number of an entry, and its hash of 64 digits"
            )
    return dict(pinned)


def check_pins(reader: Reader, pinned: Pins) -> None:
    """Checks that a ledger has the entries that are pinned, by their bytes.

    Raises:
        ChainBroken: an entry is another one, or is not there.
        InvalidInput: a pin is of no possible entry.
    """
    for broken in broken_pins(reader, checked_pins(pinned)):
        raise broken


def broken_pins(reader: Reader, pinned: Pins) -> Iterator[ChainBroken]:
    """What is wrong with each entry that is not the one that is pinned."""
    for seq, digest in sorted(pinned.items()):
        stored = reader.entry(seq)
        found = entry_hash(stored.body) if stored else "nothing"
        if found != digest:
            what = f"it has the hash {found}" if stored else "it is not there"
            yield ChainBroken(
                f"entry {seq} is not the one that is pinned with the hash {digest}: {what}",
                at=seq,
                expected=digest,
                found=found,
                remedy="this is another ledger, or it was tampered with: see what holdfast audit verify says, compare "
                "with a copy, and leave the pin where it is",
            )
