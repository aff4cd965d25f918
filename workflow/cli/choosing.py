"""What somebody decides on a transition: as they said it, or as they are asked. Every decision takes as much as any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from workflow.cli.session import Call
from workflow.cli.shown import SEEN_DIGITS
from workflow.clock import SystemClock, parse_duration
from workflow.errors import InvalidInput, SignOffRejected
from workflow.facts import Decision
from workflow.phrases import listed

TYPED_DIGITS = 8
"""How much of a basis is typed at a terminal, by whoever has it before their eyes."""

OFFERED: dict[str, str] = {
    "approve": "yes, to exactly this",
    "refuse": "no; it stands until you take it back",
    "require": "yes, if something is done first",
    "recuse": "step aside from this release, for good",
    "abstain": "say neither",
}
"""What can be decided, as it is offered: one below the other, in the same size."""

_SAID: dict[str, Decision] = {
    "approve": "approve",
    "refuse": "reject",
    "reject": "reject",
    "require": "approve",
    "recuse": "recuse",
    "abstain": "abstain",
}
_BASIS = re.compile(rf"[0-9a-f]{{{SEEN_DIGITS},64}}", re.ASCII)
_FLAGS = "--approve, --reject, --require TEXT, --recuse, --abstain"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line. ``decision`` None: it is to be asked."""

    decision: Decision | None
    role: str | None = None
    message: str | None = None
    seen: str | None = None
    conditions: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    discharged_by: str | None = None
    expires: timedelta | None = None
    reaffirms: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision with all that belongs to it; ``basis`` is what was seen, for an approval."""

    decision: Decision
    role: str
    rationale: str
    basis: str | None = None
    conditions: tuple[str, ...] = ()
    requirements: tuple[tuple[str, str], ...] = ()
    expires: datetime | None = None
    reaffirms: str | None = None


def wished(
    call: Call,
    *,
    approve: bool = False,
    reject: bool = False,
    abstain: bool = False,
    recuse: bool = False,
    requirements: Sequence[str] = (),
    conditions: Sequence[str] = (),
    discharged_by: str | None = None,
    expires: str | None = None,
    reaffirms: str | None = None,
    role: str | None = None,
    message: str | None = None,
    seen: str | None = None,
) -> Wish:
    """What somebody said that they decide.

    Raises:
        InvalidInput: they said none or several, or something that does not belong to what they decide.
    """
    flags: dict[Decision, bool] = {"approve": approve, "reject": reject, "abstain": abstain, "recuse": recuse}
    given = [decision for decision, said in flags.items() if said]
    if requirements and not given:
        given = ["approve"]
    if len(given) > 1 or (not given and not call.interactive):
        raise InvalidInput(
            "a sign-off is one decision" if given else "this does not say what you decide",
            remedy=f"add one of {_FLAGS}",
        )
    decision = given[0] if given else None
    of_approvals = {
        "--require": requirements,
        "--condition": conditions,
        "--expires": expires,
        "--reaffirm": reaffirms,
    }
    odd = [name for name, value in of_approvals.items() if value]
    if decision not in (None, "approve") and odd:
        raise InvalidInput(f"{odd[0]} belongs to an approval", remedy=f"say it in the reason, or leave {odd[0]} out")
    if discharged_by is not None and decision is not None and not requirements:
        raise InvalidInput("--discharged-by says who discharges a requirement", remedy="add --require TEXT")
    return Wish(
        decision=decision,
        role=role,
        message=message,
        seen=seen,
        conditions=tuple(conditions),
        requirements=tuple(requirements),
        discharged_by=discharged_by,
        expires=parse_duration(expires) if expires is not None else None,
        reaffirms=reaffirms,
    )


def asked_decision(call: Call, wish: Wish) -> tuple[Decision, Wish]:
    """The decision, asked of whoever has not said it, with what they require where they say "yes, if".

    Raises:
        InvalidInput: what was typed is none.
    """
    if wish.decision is not None:
        return wish.decision, wish
    for word, meaning in OFFERED.items():
        call.out.line(meaning, lead=f"    {word:<10} ")
    typed = call.ask(f"Your decision ({', '.join(OFFERED)}):")
    decision = _SAID.get(typed)
    if decision is None:
        raise InvalidInput(f"{typed!r} is no decision: nothing was done", remedy=f"one of {listed(tuple(OFFERED))}")
    if typed == "require" and not wish.requirements:
        text = call.ask("What must be done first:")
        by = wish.discharged_by or call.ask("Which role says that it is done (empty: your own):")
        return decision, replace(wish, requirements=(text,), discharged_by=by or None)
    return decision, wish


def chosen(call: Call, decision: Decision, wish: Wish, role: str) -> Choice:
    """The decision with everything that belongs to it; the reason is asked of whoever did not give one."""
    message = wish.message
    if message is None and not call.interactive:
        raise InvalidInput("every decision has a reason, and this has none", remedy="add --message WHY, or -m WHY")
    if message is None:
        message = call.ask("Why, in a sentence:")
    if decision != "approve":
        return Choice(decision, role, message)
    clock = call.session.clock or SystemClock()
    return Choice(
        decision,
        role,
        message,
        conditions=wish.conditions,
        requirements=tuple((text, wish.discharged_by or role) for text in wish.requirements),
        expires=clock.now() + wish.expires if wish.expires is not None else None,
        reaffirms=wish.reaffirms,
    )


def typed_basis(call: Call, basis: str) -> str:
    """The basis, of which whoever approves has typed the first digits.

    Raises:
        InvalidInput: they typed something else.
    """
    digits = call.ask(f"To approve exactly this, type the first {TYPED_DIGITS} digits of its basis:")
    if len(digits) < TYPED_DIGITS or not basis.startswith(digits):
        raise InvalidInput("these are not its digits: nothing was done", remedy="type them as they are shown")
    return basis


def seen_basis(basis: str, seen: str | None, look: str) -> str:
    """The whole basis that was seen; ``look`` says where.

    Raises:
        InvalidInput: none was named, or too little of one.
        SignOffRejected: it is another one.
    """
    if seen is None:
        raise InvalidInput("an approval names the basis that was seen", remedy=f"{look}; then add --seen BASIS")
    if not _BASIS.fullmatch(seen):
        raise InvalidInput(f"{seen!r} is no basis: {SEEN_DIGITS} hexadecimal digits or more", remedy=look)
    if not basis.startswith(seen):
        raise SignOffRejected(
            f"what this approval rests on has changed: {seen[:SEEN_DIGITS]} was seen, now it is {basis[:SEEN_DIGITS]}",
            remedy=f"look again: {look}",
            reason=SignOffRejected.code,
        )
    return basis
