"""A pack taken apart and told otherwise, so that every hash fits again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.golden.packs.make import PACK
from tests.pack.opened import Members, put_together
from tests.pack.packing import WITNESS, NotesKey, log_of
from workflow.ledger import sha256

SCRIPT = Path(__file__).parents[3] / "examples" / "verify_pack"
ORIGIN = "holdfast.example/golden-incidents"
LOG = log_of(ORIGIN)
WHOLE = PACK.read_bytes()


def vouched(vkeys: tuple[NotesKey, ...] = (LOG, WITNESS)) -> list[str]:
    log, witness = vkeys
    return ["--log-key", log.vkey, "--witness", witness.vkey]


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def zipped(members: Mapping[str, bytes], *, summed: bool = True) -> bytes:
    """The members in a file, with sums that fit them."""
    contents = {name: data for name, data in members.items() if name != "SHA256SUMS"}
    if summed:
        lines = "".join(f"{sha256(data)}  {name}\n" for name, data in contents.items())
        contents["SHA256SUMS"] = lines.encode()
    else:
        contents["SHA256SUMS"] = members["SHA256SUMS"]
    return put_together(contents, sums=False)


def flipped(name: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        data = bytearray(members[name])
        place = len(data) // 2
        data[place] ^= 1
        members[name] = bytes(data)

    return change
