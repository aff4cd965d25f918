"""The history in words: what each entry says, for people, with everything that scripts need beside it."""

from __future__ import annotations

from collections.abc import Callable

from workflow.asked import slug_of
from workflow.clock import parse_timestamp
from workflow.decisions.attesting import EXACT
from workflow.errors import InvalidInput, NotFound
from workflow.events import (
    CommandRefused,
)
from workflow.folding import ReadEntry, check_there, read_entry
from workflow.ledger import release_stream
from workflow.looking import read_text
from workflow.outcome import resolve_listing
from workflow.proof import SSHSIG, key_of, look
from workflow.roster import Roster
from workflow.seals import Seals
from workflow.statement import NAMESPACE
from workflow.storage.base import Reader
from workflow.telling import describe
from workflow.views import SEALED, HistoryItem, Page, SignedEntry

MAX_PAGE = 1000


def page(
    reader: Reader,
    release: str | None,
    *,
    before: int | None,
    limit: int,
    seals: Callable[[str], Seals],
    actor: str | None,
) -> Page[HistoryItem, int]:
    """A page of history, newest first; the next one is ``before`` its ``next``.

    ``seals`` says what is sealed in a release; ``actor`` is who reads it, and sees what they themselves decided.

    Raises:
        NotFound: there is no release of that name.
        InvalidInput: the page is of an impossible size.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput(f"a page has 1 to {MAX_PAGE} entries, not {limit}")
    stream = release_stream(release) if release is not None else None
    if release is not None:
        check_there(reader, release)
    found = reader.entries_before(before, limit + 1, stream)
    read = map(read_entry, found[:limit])
    items = [item_of(reader, item, sealed_in(item, seals, actor)) for item in read]
    return Page(items, items[-1].entry if len(found) > limit else None)


def sealed_in(read: ReadEntry, seals: Callable[[str], Seals], actor: str | None) -> tuple[str, str] | None:
    """The transition and the role of a sealed decision that an entry tells of; None where ``actor`` may read it all."""
    slug = slug_of(read.entry.stream)
    return seals(slug).of(read.events, read.entry.seq) if slug and read.entry.actor != actor else None


def item_of(reader: Reader, read: ReadEntry, sealed: tuple[str, str] | None) -> HistoryItem:
    """What may be told of an entry; ``sealed`` as :func:`sealed_in` says."""
    return _item(reader, read) if sealed is None else _sealed(read, *sealed)


def _item(reader: Reader, read: ReadEntry) -> HistoryItem:
    entry = read.entry
    return HistoryItem(
        entry=entry.seq,
        at=parse_timestamp(entry.at),
        stream=entry.stream,
        actor=entry.actor,
        proof=proof_of(read),
        refused=any(isinstance(event, CommandRefused) for event in read.events),
        summary=tuple(describe(event) for event in read.events),
        texts={name: read_text(reader, commitment) for name, commitment in entry.texts.items()},
        verdicts=tuple(resolve_listing(reader.blob, entry.verdicts)),
        events=tuple(entry.events),
        hash=read.stored.hash,
        command_id=entry.command_id,
        key=key_of(entry) if proof_of(read) == SSHSIG else None,
    )


def signed_entry(reader: Reader, roster: Roster, seq: int, *, seals: Callable[[str], Seals]) -> SignedEntry:
    """What the maker of an entry signed.

    Raises:
        NotFound: there is no such entry, it is not signed, or it is sealed.
        LedgerError: what was signed is missing or was altered.
    """
    stored = reader.entry(seq)
    if stored is None:
        raise NotFound(f"there is no entry {seq}", remedy="holdfast history shows what there is")
    read = read_entry(stored)
    if proof_of(read) != SSHSIG:
        raise NotFound(f"entry {seq} is claimed by {read.entry.actor}, not signed", remedy="name an entry that is")
    slug = slug_of(read.entry.stream)
    if slug and seals(slug).of(read.events, seq) is not None:
        raise NotFound(f"entry {seq} is sealed until the quorum of its role is in", remedy="ask again then")
    signed = look(read.entry, reader.blob, None)
    return SignedEntry(
        entry=seq,
        actor=read.entry.actor,
        key=signed.key,
        namespace=NAMESPACE,
        statement=signed.statement.decode("utf-8"),
        signature=signed.signature.decode("ascii"),
        allowed_signer=f'{read.entry.actor} namespaces="{NAMESPACE}" {roster.keys[signed.key].text}',
    )


def _sealed(read: ReadEntry, transition: str, role: str) -> HistoryItem:
    """What may be told of an entry that says who decided what in a sealed role; a command id may name its maker too."""
    return HistoryItem(
        entry=read.entry.seq,
        at=parse_timestamp(read.entry.at),
        stream=read.entry.stream,
        actor=SEALED,
        proof=proof_of(read),
        refused=isinstance(read.events[0], CommandRefused),
        summary=(f"acted on `{transition}` as {role}; who and what shows once the quorum of {role} is in",),
        texts={},
        verdicts=(),
        events=(),
        hash=read.stored.hash,
        command_id=SEALED,
        sealed=True,
    )


def proof_of(read: ReadEntry) -> str:
    """What stands behind an entry's actor: ``sshsig``, or ``claimed``.

    A refusal counts as claimed even where something signed came with it, unless it is of exactly what was signed: else
    whoever brings a signature with another request would put that request in its maker's name.
    """
    first = read.events[0]
    other = isinstance(first, CommandRefused) and first.code not in EXACT
    return "claimed" if other else str(read.entry.proof["kind"])
