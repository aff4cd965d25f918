"""Decides whether a key can be named as the log's own."""

from __future__ import annotations

from workflow.changes import LogKeyNamed
from workflow.decisions.situation import Situation
from workflow.errors import InvalidInput, LedgerError
from workflow.ledger.note import ED25519, NoteKey
from workflow.roster import Roster
from workflow.signing import PublicKey
from workflow.signing.points import is_ed25519_point

ANOTHER = "make one that is nothing else: holdfast checkpoint new-key FILE"


def names(situation: Situation, change: LogKeyNamed) -> None:
    """Checks that a key can be named as the log's own: it is the log's and nobody's, for this ledger, and fresh.

    Raises:
        InvalidInput: it is anything else.
    """
    key = _read(change.key)
    if key.name != situation.origin:
        raise InvalidInput(
            f"the key is for {key.name[:80]}, and this ledger is {situation.origin}",
            remedy="name the key that was made for this ledger",
        )
    for named in situation.roster.log_keys:
        if named.key.public == key.public:
            raise InvalidInput(f"the key was named already, entry {named.entry}", remedy=ANOTHER)
    owner = _owner(situation.roster, key.public)
    if owner is not None:
        raise InvalidInput(f"the key is {owner}'s own, and would sign for two", remedy=ANOTHER)


def is_log_key(roster: Roster, key: PublicKey) -> bool:
    """Whether a key was ever named as the log's own, so that it can be nobody's."""
    return bool(key.numbers.point) and any(named.key.public == key.numbers.point for named in roster.log_keys)


def _read(text: str) -> NoteKey:
    try:
        key = NoteKey.parse(text)
    except LedgerError as error:
        raise InvalidInput(f"this is no key for checkpoints: {error.message}", remedy=ANOTHER) from error
    if key.kind != ED25519 or not is_ed25519_point(key.public):
        raise InvalidInput("this is no key that signs checkpoints, but a witness's or none at all", remedy=ANOTHER)
    if str(key) != text:
        raise InvalidInput("a key is named by exactly its text, without blanks around it", remedy=ANOTHER)
    return key


def _owner(roster: Roster, public: bytes) -> str | None:
    return next((key.person for key in roster.keys.values() if PublicKey.parse(key.text).numbers.point == public), None)
