"""The keys that people sign with: enrolled, stopped, restored and revoked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from workflow import commands, ledger
from workflow.api.base import make
from workflow.api.proposing import Proposing
from workflow.changes import KeyEnrolled, KeyRestored, KeyRevoked
from workflow.clock import timestamp
from workflow.outcome import Outcome
from workflow.signing import PublicKey

if TYPE_CHECKING:
    from workflow.possession import Possession


class Keys(Proposing):
    """The commands about keys."""

    def enrol_key(
        self,
        person: str,
        key: str,
        *,
        verified_by: str,
        how: str,
        actor: str,
        rationale: str,
        possession: Possession | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Makes a key count for a person.

        Args:
            person: whose it is.
            key: the line of the ``.pub`` file.
            verified_by: who made sure that it is theirs.
            how: how they did.
            actor: an administrator.
            rationale: why.
            possession: what the key itself, and one that the person had before, signed; without it the key is kept, and
                counts only once it is enrolled with it.
            command_id: makes a repeated request safe.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.

        Raises:
            Refused: what was signed does not show that the person holds the key.
            InvalidInput: the key cannot count, or is somebody's already.
        """
        from workflow.possession import Possession

        held = possession or Possession()
        public = PublicKey.parse(key)
        change = make(
            KeyEnrolled,
            person=person,
            key=public.line,
            verified_by=verified_by,
            possession=held.statement and ledger.sha256(held.statement),
            signature=held.signature and ledger.sha256(held.signature),
            crossed=held.crossed and ledger.sha256(held.crossed),
            crossed_by=held.crossed_by,
        )
        blobs = [part for part in (held.statement, held.signature, held.crossed) if part]
        return self._propose(change, actor, rationale, command_id, {"how": how}, blobs)

    def suspend_key(self, key: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Stops a key at once, by its fingerprint, as its owner or as any administrator.

        Appends: ``KeySuspended``.
        """
        command = make(commands.SuspendKey, actor=actor, key=key)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def restore_key(self, key: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Lets a suspended key count again.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.
        """
        return self._propose(make(KeyRestored, key=key), actor, rationale, command_id)

    def revoke_key(
        self,
        key: str,
        *,
        actor: str,
        rationale: str,
        compromised_since: datetime | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Ends a key. What it signed before stays; with ``compromised_since``, only what it signed before that.

        Once the change is in force, every release that passed a gate on what the key signed since then gets a
        requirement that names the gates. Repeating the request goes on with that, where it was interrupted.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough; then ``CompromiseFound``
        and ``RequirementRaised``, an entry a release.
        """
        since = timestamp(compromised_since) if compromised_since else None
        change = make(KeyRevoked, key=key, compromised_since=since)
        with self._reading() as reader:
            known = self._pipeline.folder.roster(reader).keys.get(key)
        if since is not None and known is not None and known.compromised_since == compromised_since:
            told = self._tell(key, actor)
            if told is not None:
                return told
        return self._after(self._propose(change, actor, rationale, command_id), actor)
