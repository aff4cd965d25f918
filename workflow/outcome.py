"""What came of a command: read from the entry that records it, now and whenever the same command comes again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflow import ledger
from workflow.clock import parse_timestamp
from workflow.commands import AnyCommand
from workflow.errors import InvalidInput, LedgerError
from workflow.events import AnyEvent, CommandRefused
from workflow.folding import ReadEntry
from workflow.ledger import Entry, commitment
from workflow.policy import Verdict
from workflow.proof import SIGNED_ID, SSHSIG, Blob
from workflow.records import replace
from workflow.refusals import refusal
from workflow.release import ReleaseState
from workflow.storage.base import Append, Reader


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command made happen. ``replayed``: it had happened before, under the same command id.

    ``checkpoint`` is of how many entries a checkpoint was made after it, where one is made after every change.
    """

    entry: int
    at: datetime
    command_id: str
    events: tuple[AnyEvent, ...]
    replayed: bool = False
    checkpoint: int | None = None

    @property
    def proof(self) -> str:
        """What stands behind the name of its maker: ``sshsig``, a key that is theirs, or ``claimed``."""
        return SSHSIG if self.command_id.startswith(SIGNED_ID) else "claimed"


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry that is to be appended, as it will be read, with the verdicts, and the release as it is from then on."""

    append: Append
    read: ReadEntry
    verdicts: tuple[Verdict, ...]
    release: ReleaseState | None = None


def recorded_verdicts(blob: Blob, entry: Entry) -> tuple[Verdict, ...]:
    """The verdicts of an entry, from the entry or from the blob that it names."""
    return tuple(Verdict.model_validate(item) for item in resolve_listing(blob, entry.verdicts))


def resolve_listing(blob: Blob, listing: ledger.Listing) -> list[ledger.Json]:
    """The items of a list that stands in the entry or in a blob.

    Raises:
        LedgerError: the blob is missing or was altered, or holds more or less than the entry says.
    """
    if isinstance(listing, list):
        return listing
    data = blob(listing["blob"])
    if data is None or ledger.sha256(data) != listing["blob"]:
        raise LedgerError(f"the blob {listing['blob'][:12]} is missing or was altered", remedy="holdfast audit verify")
    items = ledger.decode(data)
    if not isinstance(items, list):
        raise LedgerError(f"the blob {listing['blob'][:12]} is no list")
    if len(items) != listing["count"]:
        raise LedgerError(f"the blob {listing['blob'][:12]} holds {len(items)} items, not {listing['count']}")
    return items


def outcome_of(read: ReadEntry, verdicts: tuple[Verdict, ...]) -> Outcome:
    """What an entry says came of its command.

    Raises:
        Refused: it was not allowed.
    """
    refused = next((event for event in read.events if isinstance(event, CommandRefused)), None)
    if refused is not None:
        raise refusal(refused, verdicts, read.entry.seq)
    return Outcome(read.entry.seq, parse_timestamp(read.entry.at), read.entry.command_id, read.events)


def replayed(reader: Reader, read: ReadEntry, command: AnyCommand, texts: Mapping[str, str]) -> Outcome:
    """What came of a command that is on record already.

    Raises:
        Refused: it was not allowed.
        InvalidInput: its id was used for another request.
    """
    entry = read.entry
    if entry.request_digest != command.digest() or not _same_texts(reader, entry, texts):
        raise InvalidInput(
            f"the command id {entry.command_id} was used for another request, entry {entry.seq}",
            remedy="leave the id out, or use a fresh one for each request",
        )
    return replace(outcome_of(read, recorded_verdicts(reader.blob, entry)), replayed=True)


def _same_texts(reader: Reader, entry: Entry, texts: Mapping[str, str]) -> bool:
    if set(entry.texts) != set(texts):
        return False
    for name, expected in entry.texts.items():
        kept = reader.text(expected)
        # An erased text cannot be compared any more; the rest of the request still is.
        if kept is not None and commitment(kept.salt, texts[name]) != expected:
            return False
    return True
