"""Whether an act is signed by whom it says, over exactly what it records, where that is required or was done."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.clock import timestamp
from workflow.commands import (
    AnyCommand,
    ApproveChange,
    DeclareAway,
    DeclareReturn,
    EraseText,
    ProposeChange,
    RestoreProtection,
    SuspendKey,
)
from workflow.decisions.authority import must_sign, opens
from workflow.decisions.seen import since_when
from workflow.decisions.situation import Refusal, Situation
from workflow.eligibility import too_new
from workflow.events import Event, PlanMade, SignOffRecorded, binding_of
from workflow.keyring import Key
from workflow.ledger import decode
from workflow.process import Exposure
from workflow.proof import Signed, statement_of
from workflow.statement import Tree

UNPROVEN = "signature-invalid"
"""The code of a refusal whose signature does not show who asked; what it claims is nobody's word."""

UNSIGNED = "unsigned"
OTHER_STATEMENT = "other-statement"
PIN = "pin"
NEW_KEY = "new-key"
EXACT = frozenset({PIN, NEW_KEY})
"""The codes of refusals that come after what was signed was found to be what would be recorded, and no others' codes.

Of any other refusal it is not known whether whoever signed asked for just this.
"""


def identify(situation: Situation, actor: str) -> None:
    """Checks that what was signed is genuine, and with a key that is the actor's and may sign now.

    Raises:
        Refusal: it is not; nothing then shows who asked.
    """
    signed = situation.signed
    if signed is None:
        return
    if signed.problem is not None:
        raise Refusal(UNPROVEN, f"the signature does not show that {actor} asked this: {signed.problem}")
    key = situation.roster.keys.get(signed.key)
    if key is None or key.person != actor:
        of = "nobody's that is known here" if key is None else f"{key.person}'s"
        raise Refusal(
            UNPROVEN,
            f"the signature does not show that {actor} asked this: the key {signed.key} is {of}",
            remedy=f"{actor} signs with a key of their own; holdfast roster show lists them",
        )
    if key.refuses is not None:
        raise Refusal(
            UNPROVEN,
            f"{actor} cannot sign with {signed.key}: {key.refuses}",
            remedy="sign with another key, or have the administrators decide about this one",
        )


def attest(situation: Situation, command: AnyCommand, events: Sequence[Event]) -> None:
    """Checks that exactly what is about to be recorded was signed, where it must be or was.

    Raises:
        Refusal: it must be signed and is not, something else was signed, or the key does not do for this.
    """
    signed, required = situation.signed, must_be_signed(situation, command, events[0])
    if signed is None or signed.read is None:
        if required:
            raise Refusal(
                UNSIGNED,
                f"{command.actor} must sign this: a claim does not count here",
                remedy="name your key: --key ~/.ssh/id_ed25519; or have it signed elsewhere: holdfast request",
            )
        return
    if required and binding_of(events[0]) is not None:
        _clock_goes_on(situation)
    expected = statement_of(
        command,
        events,
        signed.read,
        origin=situation.origin,
        texts=situation.texts,
        pending=situation.pending,
    )
    if expected is None:
        raise Refusal(OTHER_STATEMENT, f"`{command.command}` is not an act that is signed")
    coming = situation.roster.version + 1
    if isinstance(command, ProposeChange | ApproveChange) and signed.read.version != coming:
        raise Refusal(
            OTHER_STATEMENT,
            f"this was signed for version {signed.read.version} of the roster, and a change makes version {coming} now",
            remedy="look again: holdfast roster show; then sign again",
        )
    if expected != signed.statement:
        raise Refusal(
            OTHER_STATEMENT,
            f"{command.actor} signed something else than this would record: {_difference(signed, expected)}",
            remedy="look again at what there is now, and sign that",
        )
    _was_there(situation, command, signed.read.tree)
    if required:
        # A key that would not do for what opens a gate does for what opens none: a refusal is never turned away.
        _key_will_do(situation, events[0], situation.roster.keys[signed.key])


def _was_there(situation: Situation, command: AnyCommand, tree: Tree | None) -> None:
    """Checks that whoever signed had seen what they signed about: their copy of the ledger has to reach so far.

    Else a word could be given ahead, about an objection or a round that was still to come, and be used by whoever has
    it when that suits them.
    """
    since = since_when(situation, command)
    if tree is not None and tree.size < since:
        raise Refusal(
            OTHER_STATEMENT,
            f"this was signed over {tree.size} entries, and what it is about stands in entry {since} or began there",
            remedy="look at what there is now, and sign that",
        )


def _clock_goes_on(situation: Situation) -> None:
    """Checks that the time of what is signed can be told, because a key can turn out to be bad since a time."""
    if situation.mark is not None and situation.at < situation.mark:
        raise Refusal(
            "clock",
            f"the clock reads {timestamp(situation.at)}, earlier than {timestamp(situation.mark)} before, so when this "
            "was signed cannot be told",
            remedy="set it right, or have the administrators record a clock correction",
            outcome="error",
        )


def must_be_signed(situation: Situation, command: AnyCommand, event: Event) -> bool:
    """Whether this can open a gate where the process, or can change the roster where its administrators, sign."""
    if isinstance(command, DeclareAway | DeclareReturn | SuspendKey):
        return must_sign(situation.roster, command.actor)
    if isinstance(command, ProposeChange | ApproveChange | EraseText | RestoreProtection):
        return situation.roster.keyed
    return situation.process is not None and opens(situation.process, event)


def _key_will_do(situation: Situation, event: Event, key: Key) -> None:
    """Checks what a role demands of the key, and that a new key counts at what nothing undoes."""
    bound = binding_of(event)
    if bound is None or isinstance(event, PlanMade):
        return  # a permit approves nothing: who approves is the gate's to say
    release, process = situation.known
    role = bound.role or ""
    if process.has_role(role) and process.role(role).pin and not (situation.signed and situation.signed.pin):
        raise Refusal(
            PIN,
            f"as {role} one signs with a security key that checks a PIN or a fingerprint, and this one did not",
            remedy="make a key with: ssh-keygen -t ed25519-sk -O verify-required, enrol it, and sign with that",
        )
    if isinstance(event, SignOffRecorded):
        if event.decision != "approve":
            return
        irreversible = process.is_irreversible(bound.source or "", bound.dest or "")
    else:
        reached = (process.highest_exposure, situation.target.highest_exposure if situation.target else None)
        irreversible = Exposure.WEIGHTS in reached
    why = too_new(key.fingerprint, role, release, situation.roster) if irreversible else None
    if why:
        raise Refusal(
            NEW_KEY,
            f"{key.fingerprint} does not count at what nothing undoes: {why}",
            remedy="sign with an earlier key; a first key counts if the administrators admit its owner to this round",
        )


def _difference(signed: Signed, expected: bytes) -> str:
    """The first place at which what was signed is not what would be recorded."""
    first = _leaves(decode(signed.statement), "")
    second = _leaves(decode(expected), "")
    # As texts, because true and 1 are equal here and not in the bytes.
    places = [place for place in dict.fromkeys((*first, *second)) if repr(first.get(place)) != repr(second.get(place))]
    telling = [place for place in places if not place.endswith("meaning")] or places
    place = telling[0] if telling else "its form"
    return f"{place.removeprefix('predicate.')} is {first.get(place)}, not {second.get(place)}"


def _leaves(value: object, place: str) -> dict[str, object]:
    found: dict[str, object] = {}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return {place: value}
    for name, item in items:
        found |= _leaves(item, f"{place}.{name}" if place else str(name))
    return found
