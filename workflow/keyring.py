"""The keys of the people on the roster: whose each is, since when, and what it may still do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was enrolled for a person, at an entry.

    Args:
        fingerprint: what it is called.
        person: whose it is, and nobody else's.
        text: the public key as in a ``.pub`` file, without a comment.
        entry: the entry by which it was enrolled.
        verified_by: who made sure that it is theirs; the text ``how`` of the entry says how.
        proven: whether the key itself has said whose it is.
        later: whether the person had another key before.
        crossed: whether a key that the person had before has signed for it.
        suspended: the entry that stopped it, until the administrators restore it.
        revoked: the entry that ended it.
        compromised_since: what it signed from then on does not count.
    """

    fingerprint: str
    person: str
    text: str
    entry: int
    verified_by: str
    how: str | None
    proven: bool
    later: bool
    crossed: bool
    suspended: int | None = None
    revoked: int | None = None
    compromised_since: datetime | None = None

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
            return f"the key was compromised since {self.compromised_since:%d %b %Y %H:%M}"
        if self.suspended is not None:
            return f"the key is suspended, entry {self.suspended}"
        return None
