"""Signing elsewhere: what is asked of people who are far from the ledger, and what they send back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from workflow import ledger
from workflow.api.proposing import Proposing
from workflow.artifact import Progress
from workflow.basis import changes
from workflow.commands import AnyCommand, Withdraw
from workflow.decide import Refusal
from workflow.errors import InvalidInput, Refused
from workflow.intention import Intention
from workflow.outcome import Outcome
from workflow.policy import Observation
from workflow.storage.base import Reader
from workflow.texts import check_text
from workflow.views import SignedEntry

if TYPE_CHECKING:
    from workflow.exchange import ActRequest, Reply, Request


class Exchanging(Proposing):
    """Requests and replies."""

    def request(
        self,
        release: str,
        trigger: str,
        *,
        observe: bool = True,
        progress: Callable[[Progress], None] | None = None,
    ) -> Request:
        """What people need who decide on a transition without this database. Changes nothing.

        Args:
            release: by name.
            trigger: the transition.
            observe: look at what the gate needs from outside, and hash the files again whatever it needs; else both
                count as not looked at.
            progress: is told how far the hashing is.

        Raises:
            PolicyErrored: what approvals rest on cannot be told.
        """
        from workflow.requesting import decision_request, needs

        pipeline = self._pipeline
        with self._reading() as reader:
            world = pipeline.world(reader, release)
            wanted = needs(pipeline, world, trigger) if observe else ()
        observed = pipeline.observer.gather(wanted, pipeline.storage, world, progress)
        # Read again: what was hashed meanwhile may be the files of a candidate that was replaced.
        with self._reading() as reader:
            return decision_request(pipeline, reader, pipeline.world(reader, release), trigger, observed)

    def draft(self, act: Callable[[Self], Outcome]) -> ActRequest:
        """The request for an act of somebody who is not here, as it would be recorded now. Nothing is recorded.

            request = engine.draft(
                lambda engine: engine.lift("aurora", "H1", role="safety", actor="mara", rationale="It was fixed.")
            )

        Raises:
            Refused: it would not be allowed; that is not recorded either.
            InvalidInput: it is no act that is signed.
        """
        from workflow.exchange import Drafted

        try:
            act(self.drafting())
        except Drafted as drafted:
            return drafted.request
        raise InvalidInput("this asked for no act at all", remedy="call one method of the engine that is handed in")

    def drafting(self) -> Self:
        """The same ledger for somebody who asks others to sign: every act raises :class:`workflow.exchange.Drafted`."""
        return type(self)(self._pipeline, first=self._drafted, log=self._log)

    def without_key(self) -> Self:
        """The same ledger for somebody who has no key at hand.

        What they would have to sign is an :class:`workflow.InvalidInput` and recorded nowhere: it would be no more than
        the record of a forgotten key.
        """
        return type(self)(self._pipeline, first=self._must_not_be_signed, log=self._log)

    def collect(self, reply: Reply) -> Outcome:
        """Takes in what somebody signed elsewhere, as an entry of its own. Taking it in again changes nothing.

        Appends: what the command of that name appends.

        Raises:
            Refused: it is not genuine, not theirs, not what would be recorded now, or not allowed; on record.
            NotFound: it is about something that is not here; nothing is recorded.
            InvalidInput: it cannot mean anything now; nothing is recorded.
        """
        outcome = self._pipeline.execute(
            reply.command,
            {name: text.text for name, text in reply.texts.items()},
            command_id=reply.identifier,
            blobs=tuple(reply.blobs.values()),
            reply=reply.signed,
        )
        return self._followed(self._after(outcome, reply.command.actor))

    def changed_since(self, release: str, trigger: str, size: int) -> tuple[str, ...]:
        """What approvals of a transition rest on now and did not when the ledger had that many entries, in words."""
        with self._reading() as reader:
            world = self._pipeline.world(reader, release)
            before = self._pipeline.gate_before(reader, world, trigger, size + 1)
            return changes(before, self._pipeline.rulebook.context(world, trigger)) if before else ()

    def fingerprints(self, person: str) -> tuple[str, ...]:
        """The keys that somebody may sign with now."""
        with self._reading() as reader:
            keys = self._pipeline.folder.roster(reader).keys_of(person)
            return tuple(key.fingerprint for key in keys if key.refuses is None)

    def signed_entry(self, entry: int) -> SignedEntry:
        """What an entry's maker signed, for whoever verifies it without this program.

        Raises:
            NotFound: there is no such entry, it is not signed, or it is sealed.
            LedgerError: what was signed is missing or was altered.
        """
        from workflow.history import signed_entry

        with self._reading() as reader:
            return signed_entry(reader, self._pipeline.folder.roster(reader), entry, seals=self._pipeline.seals(reader))

    def _drafted(self, command: AnyCommand, texts: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        from workflow.exchange import Drafted
        from workflow.requesting import act_request

        kept = _kept(settings)
        said = {name: check_text(name, text) for name, text in texts.items()}
        observations = self._pipeline.observed(command)
        with self._reading() as reader:
            try:
                intention = self._intended(reader, command, said, kept, observations)
            except Refusal as refusal:
                raise Refused(
                    refusal.message, remedy=refusal.remedy, reason=refusal.code, outcome=refusal.outcome
                ) from None
            raise Drafted(act_request(reader, intention, said, kept))

    def _must_not_be_signed(self, command: AnyCommand, texts: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        if command.looks and not isinstance(command, Withdraw):
            return
        observations = self._pipeline.observed(command)
        # Not by the ordinary way to read: this is asked, too, before lost protection is acknowledged.
        with self._pipeline.turn, self._pipeline.storage.snapshot() as reader:
            if self._pipeline.on_record(reader, command.actor, settings.get("command_id")):
                return
            try:
                intention = self._intended(reader, command, texts, _kept(settings), observations)
            except Refusal:
                return  # as it will be, on record
        if intention.is_required:
            raise InvalidInput(
                f"{command.actor} must sign this, and no key was named: nothing was recorded",
                remedy="name your key: --key FILE, HOLDFAST_KEY, or key in holdfast.toml; or sign where your key is: "
                "holdfast request for a decision, --request FILE for anything else",
            )

    def _intended(
        self,
        reader: Reader,
        command: AnyCommand,
        texts: Mapping[str, str],
        blobs: Mapping[str, bytes],
        observations: Sequence[Observation],
    ) -> Intention:
        # Nothing of this is signed as it is: whoever signs has a nonce of their own, and salts.
        blank = dict.fromkeys(texts, ledger.sha256(b""))
        nonce = secrets.token_hex(16)
        return self._pipeline.intended(reader, command, blank, blobs, nonce, observations=observations)


def _kept(settings: Mapping[str, Any]) -> dict[str, bytes]:
    """What comes with a command, by digest."""
    return {ledger.sha256(blob): blob for blob in settings.get("blobs", ())}
