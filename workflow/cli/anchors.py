"""What whoever checks a history has from elsewhere: keys of its log and of witnesses, pins, and what they kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from workflow.cli.session import Call
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.ledger.note import MAX_BYTES
from workflow.pins import parse_pin

Pack = Annotated[
    str | None, typer.Option("--pack", metavar="FILE", help="Read this pack instead of a ledger, offline.")
]
LogKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--log-key",
        metavar="VKEY",
        help="The log's key, as you have it yourself: it must have signed the checkpoint. Can be repeated; one must "
        "fit.",
    ),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="VKEY", help="A witness who must have cosigned the checkpoint. Can be repeated."),
]
Pins = Annotated[
    list[str] | None,
    typer.Option("--pin", metavar="SEQ:HASH", help="The hash that an entry must have. Can be repeated."),
]
Checkpoints = Annotated[
    list[str] | None,
    typer.Option(
        "--checkpoint",
        metavar="FILE",
        help="A checkpoint that you have kept: the entries it is of must be there still. Can be repeated.",
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="MODULE:CLASS",
        help="With --pack: a policy of your own that may be imported. Can be repeated.",
    ),
]

_SIZE_AND_ROOT = re.compile(r"([0-9]{1,15}):([0-9a-fA-F]{64})", re.ASCII)


@dataclass(frozen=True)
class Given:
    """What whoever verifies a pack has from elsewhere, as they typed it.

    What lies beside a pack came with it, as far as anybody knows, and vouches for nothing: no configuration is asked.
    """

    log_keys: Sequence[str] | None = None
    witnesses: Sequence[str] | None = None
    pins: Sequence[str] | None = None
    checkpoints: Sequence[str] | None = None
    policies: Sequence[str] | None = None
    remembered: tuple[int, str] | None = None

    def check_for_pack(self, pack: str | None) -> None:
        """Checks that there is a pack that all of it is for.

        Raises:
            InvalidInput: there is none.
        """
        given = self.log_keys or self.witnesses or self.pins or self.checkpoints or self.policies
        if pack is None and given:
            raise InvalidInput(
                "--log-key, --witness, --pin, --checkpoint and --policy are for a pack", remedy="name it with --pack"
            )

    def pinned(self) -> dict[int, str]:
        """The pins.

        Raises:
            InvalidInput: one is none.
        """
        return dict(map(parse_pin, self.pins or ()))

    def notes(self, call: Call) -> list[bytes]:
        """The checkpoints, read.

        Raises:
            NotFound: there is no such file.
        """
        return [read_file(call.path(name), limit=MAX_BYTES) for name in self.checkpoints or ()]


def size_and_root(text: str) -> tuple[int, str] | None:
    """A size of the ledger and the root that its tree had, as ``SIZE:ROOT``; None where it is written otherwise."""
    found = _SIZE_AND_ROOT.fullmatch(text)
    return (int(found[1]), found[2].lower()) if found else None
