"""The keys of the people on the roster: whose each is, since when, and what it may still do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflow.changes import KeyEnrolled
from workflow.clock import timestamp
from workflow.signing import PublicKey
from workflow.signoff import Act


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was enrolled for a person, at an entry.

    Args:
        fingerprint: what it is called.
        person: whose it is, and nobody else's.
        text: the public key as in a ``.pub`` file, without a comment.
        entry: the entry by which it was enrolled, at ``at``.
        at: the clock's reading then.
        verified_by: who made sure that it is theirs; the text ``how`` of the entry says how.
        proven: whether the key itself has said whose it is.
        later: whether the person had another key before.
        crossed_by: the key that the person had before and that has signed for it.
        suspended: the entry that stopped it, until the administrators restore it.
        revoked: the entry that ended it.
        compromised_since: what it signed from then on does not count, which the entry ``compromised_in`` says.
    """

    fingerprint: str
    person: str
    text: str
    entry: int
    at: datetime
    verified_by: str
    how: str | None
    proven: bool
    later: bool
    crossed_by: str | None = None
    suspended: int | None = None
    revoked: int | None = None
    compromised_since: datetime | None = None
    compromised_in: int | None = None

    @property
    def refuses(self) -> str | None:
        """Why it may sign nothing more, or None."""
        if self.revoked is not None:
            return f"the key was revoked, entry {self.revoked}"
        if self.suspended is not None:
            return f"the key is suspended, entry {self.suspended}"
        if not self.proven:
            return "the key was imported, and has not shown yet that its owner holds it"
        return None

    def fault(self, at: datetime) -> str | None:
        """Why what it signed at a time does not count any more, or None."""
        if self.compromised_since is not None and at >= self.compromised_since:
            return f"the key was compromised since {timestamp(self.compromised_since)}"
        if self.suspended is not None:
            return f"the key is suspended, entry {self.suspended}"
        return None

    def stopped(self, at: datetime) -> int | None:
        """The entry that took away what it signed at a time, where :meth:`fault` says that one did."""
        compromised = self.compromised_since is not None and at >= self.compromised_since
        return self.compromised_in if compromised else self.suspended

    def bears(self, act: Act) -> str | None:
        """Why an act that it signed does not rest on it, or None. An act that is not recorded yet has the entry 0.

        Whoever writes into the database, and not through the engine, can append what the engine would not have: with
        somebody else's key, with one that had not shown whose it is, or that was revoked by then.
        """
        if act.person != self.person:
            return f"it was signed with a key of {self.person}"
        if not self.proven or 0 < act.entry < self.entry:
            return "the key had not shown yet that its owner holds it"
        if self.revoked is not None and act.entry > self.revoked:
            return f"the key was revoked by then, entry {self.revoked}"
        return self.fault(act.at)


def enrolled(
    change: KeyEnrolled, keys: Mapping[str, Key], *, entry: int, at: datetime, texts: Mapping[str, str]
) -> Key:
    """The key that a change enrols, beside those that are known."""
    fingerprint = PublicKey.parse(change.key).fingerprint
    known = keys.get(fingerprint)
    theirs = (key for key in keys.values() if key.person == change.person)
    return Key(
        fingerprint=fingerprint,
        person=change.person,
        text=change.key,
        entry=entry,
        at=at,
        verified_by=change.verified_by,
        how=texts.get(change.how),
        proven=change.possession is not None,
        later=any(key.fingerprint != fingerprint and key.proven for key in theirs),
        crossed_by=change.crossed_by,
        suspended=known.suspended if known else None,
    )
