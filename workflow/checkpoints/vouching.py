"""Who vouches for a checkpoint: the log by its own key, witnesses by theirs. What nobody vouches for is said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workflow.checkpoints.named import NamedKey
from workflow.errors import InvalidInput, LedgerError
from workflow.ledger.checkpoint import Checkpoint, check_cosigned
from workflow.ledger.note import COSIGNATURE, ED25519, Note, NoteKey

LAST_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_WHOSE = {ED25519: "a log", COSIGNATURE: "a witness"}


class Cosignature(BaseModel):
    """A witness's genuine word for a checkpoint: that at this time it knew no larger tree of the log than this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    witness: str
    key: str
    at: datetime


class Vouched(BaseModel):
    """What is verified of a checkpoint, by whom, and what is not.

    ``signed_by`` is the log's key (vkey) whose signature is genuine and counts for this tree, or null; ``known_from``
    says how it is known: ``given``, by whoever checks, or ``ledger``, which names it itself, so that nobody else
    vouches for it. ``cosigned`` are the words of witnesses whose keys were given, ``wanted`` how many of them it takes.
    ``unverified`` says in words what was asked for and is not verified, and why; ``verified`` is whether enough is. A
    signature that is not genuine, by a key that is known, is never enough, whatever stands beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str
    size: int
    root: str
    signed_by: str | None
    known_from: Literal["given", "ledger"] | None
    cosigned: tuple[Cosignature, ...]
    wanted: int
    unverified: tuple[str, ...]
    verified: bool


def read_checkpoint(data: str | bytes) -> Note:
    """The checkpoint that somebody hands in.

    Raises:
        InvalidInput: it is none, and says nothing of any ledger.
    """
    try:
        note = Note.from_bytes(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
        Checkpoint.of(note)
    except LedgerError as error:
        raise InvalidInput(
            f"this is no checkpoint: {error.message}", remedy="hand in what was given out, every byte of it"
        ) from error
    return note


def read_key(text: str, kind: int) -> NoteKey:
    """The key of a log or of a witness, by its ``kind``, as people write it down: its vkey.

    Raises:
        InvalidInput: it is none, or of the other kind.
    """
    whose = _WHOSE[kind]
    try:
        key = NoteKey.parse(text)
    except LedgerError as error:
        raise InvalidInput(
            f"{text[:80]!r} is no key of {whose}: {error.message}",
            remedy="write it as its owner did: a name, an id and base64, with a plus between them",
        ) from error
    if key.kind != kind:
        raise InvalidInput(
            f"the key {key.name} is not that of {whose}: its signatures are of type {key.kind}, not {kind}",
            remedy="name a log's where a log's is asked for, and a witness's where a witness's is",
        )
    return key


def vouch(
    note: Note | str | bytes,
    *,
    given: Sequence[str] = (),
    named: Sequence[NamedKey] | None = None,
    witnesses: Sequence[str] = (),
    wanted: int | None = None,
) -> Vouched:
    """What is verified of a checkpoint.

    Args:
        note: the checkpoint, with its signatures.
        given: the log's keys (vkeys) that whoever checks holds themselves; of several, one is enough.
        named: the keys that the ledger names; None where the ledger is not at hand. Where keys are given as well, what
            counts is signed by one that is both.
        witnesses: the keys (vkeys) of the witnesses whose word counts.
        wanted: how many of them it takes; by default all.

    Raises:
        InvalidInput: the note is no checkpoint, or one of the keys is none.
    """
    note = note if isinstance(note, Note) else read_checkpoint(note)
    checkpoint = Checkpoint.of(note)
    own = [read_key(text, ED25519) for text in given]
    signed_by, reasons, forged = _signed(note, checkpoint, own, named)
    witnessing = {key.public: key for key in (read_key(text, COSIGNATURE) for text in witnesses)}
    cosigned, lacking, spoiled = _cosigned(note, list(witnessing.values()))
    asked = len(witnessing) if wanted is None else wanted
    if len(cosigned) < asked:
        lacking.append(f"{len(cosigned)} of the {asked} witnesses that it takes vouch for it")
    return Vouched(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        signed_by=None if signed_by is None else str(signed_by),
        known_from=None if signed_by is None else "given" if own else "ledger",
        cosigned=tuple(cosigned),
        wanted=asked,
        unverified=(*reasons, *lacking),
        verified=signed_by is not None and len(cosigned) >= asked and not (forged or spoiled),
    )


def _signed(
    note: Note, checkpoint: Checkpoint, own: Sequence[NoteKey], named: Sequence[NamedKey] | None
) -> tuple[NoteKey | None, list[str], bool]:
    """The log's key that counts; why others that could have do not; and whether a signature is not genuine."""
    counting = {item.key: item for item in named or ()}
    keys = list(own) or list(counting)
    found, reasons, forged = None, [], False
    for key in keys:
        if key.name != checkpoint.origin:
            reasons.append(f"{key} is the key of another log")
        elif not note.of(key):
            ended = counting[key].ended if key in counting else None
            former = "" if ended is None else f", which the ledger replaced in entry {ended}"
            reasons.append(f"it is not signed with {key}{former}")
        elif not is_signed(note, key):
            forged = True
            reasons.append(f"the signature that says it is of {key} is not genuine")
        elif named is not None and key not in counting:
            reasons.append(f"{key} is not named by the ledger")
        elif named is not None and not counting[key].counts_at(checkpoint.size):
            item = counting[key]
            until = f" up to {item.ended}" if item.ended is not None else " on"
            reasons.append(f"{key} signed it, and counts for the trees from {item.entry} entries{until} only")
        else:
            found = key
    if not keys:
        reasons.append("no key of the log is known, so nobody says whose checkpoint it is")
    # Of several keys that the log had, one is enough; a forgery is told all the same.
    return found, reasons if found is None or forged else [], forged


def _cosigned(note: Note, keys: Sequence[NoteKey]) -> tuple[list[Cosignature], list[str], bool]:
    """The witnesses' words; why those of others are missing; and whether one is not genuine."""
    said, reasons, forged = [], [], False
    for key in keys:
        if not note.of(key):
            reasons.append(f"it is not cosigned by {key.name}")
            continue
        try:
            seconds = check_cosigned(note, key, genuine)
        except LedgerError as error:
            forged = True
            reasons.append(error.message)
        else:
            said.append(Cosignature(witness=key.name, key=str(key), at=time_of(seconds)))
    return said, reasons, forged


def is_signed(note: Note, key: NoteKey) -> bool:
    """Whether a log's key signed a note, and everything that says it is by that key is genuine."""
    found = note.of(key)
    return bool(found) and all(genuine(key.public, note.text.encode(), item.data) for item in found)


def genuine(public: bytes, message: bytes, value: bytes) -> bool:
    """Whether a raw Ed25519 key made a signature."""
    # Slow to import, and only who verifies needs it.
    from workflow.signing.primitives import is_genuine_ed25519

    return is_genuine_ed25519(public, message, value)


def time_of(seconds: int) -> datetime:
    """When a witness cosigned. It may say any time; one that no calendar has is shown as the last that ours does."""
    return datetime.fromtimestamp(min(seconds, int(LAST_TIME.timestamp())), UTC)
