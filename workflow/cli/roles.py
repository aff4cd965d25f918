"""In which role somebody acts, where they did not say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from workflow import Engine, Outcome
from workflow.cli.session import Call
from workflow.errors import InvalidInput
from workflow.events import FindingRaised, RequirementRaised
from workflow.phrases import listed


def role_for(call: Call, engine: Engine, release: str, given: str | None, *, asked: Sequence[str] | None = None) -> str:
    """The role that was named, or the only one that the actor holds in the release's process.

    Args:
        call: whose.
        engine: of which ledger.
        release: by name.
        given: what ``--role`` said.
        asked: the roles that fit the act, where not every one does.

    Raises:
        InvalidInput: none was named, and the actor holds none that fits, or several.
    """
    if given:
        return given
    found = engine.status(release, actor=call.actor)
    if not found.actor_roles:
        _nobody_here(call.actor, engine, found.process, asked)
    return fitting_role(call.actor, found.actor_roles, asked)


def _nobody_here(person: str, engine: Engine, process: str, asked: Sequence[str] | None) -> NoReturn:
    """Says who could, where somebody holds no role of a process."""
    wanted = [role.name for role in engine.process(process).roles] if asked is None else list(asked)
    could = [
        f"{item.person} ({listed(tuple(held), 'and')})"
        for item in engine.roster().people
        if not item.left and (held := [role for role in item.roles if role in wanted])
    ]
    raise InvalidInput(
        f"{person} holds no role of this process{f', and this asks {listed(wanted)}' if asked is not None else ''}",
        remedy=f"these hold one: {listed(could, 'and')}" if could else f"holdfast roster grant HANDLE {wanted[0]}",
    )


def warn_if_nobody(call: Call, engine: Engine, release: str, outcome: Outcome, role: str) -> None:
    """Warns of something raised that, as things are, nobody could discharge: the requester and authors may not."""
    if engine.who_may(release, role):
        return
    holders = [item.person for item in engine.roster().people if not item.left and role in item.roles]
    who = f"{listed(holders, 'and')} may not (requester, author, or too late)" if holders else "nobody holds it"
    raised = next((event.id for event in outcome.events if isinstance(event, RequirementRaised | FindingRaised)), "")
    call.out.line(
        ("as things are, nobody could discharge it", "open"),
        f": {raised} asks for {role}, and {who}",
        lead="  warning      ",
    )
    admit = f"holdfast roster admit HANDLE {role} {release}"
    call.hint(f"holdfast roster grant HANDLE {role}; in a round that has begun then also: {admit}")


def tell_unknown_roles(call: Call, engine: Engine, roles: Sequence[str]) -> None:
    """Names the roles that no process of the charter has: whoever holds a misspelt one can do nothing by it."""
    known = {role.name for line in engine.roster().charter for role in engine.process(line.process).roles}
    strange = [role for role in roles if role not in known]
    if strange:
        word = "role" if len(strange) == 1 else "roles"
        call.out.line(f"no process of the charter has the {word} {listed(strange, 'and')}", lead="  note         ")


def fitting_role(person: str, held: Sequence[str], asked: Sequence[str] | None) -> str:
    """The only role that somebody holds and that fits.

    Raises:
        InvalidInput: none does, or several.
    """
    fitting = [role for role in held if asked is None or role in asked]
    if len(fitting) == 1:
        return fitting[0]
    holds = f"{person} holds {listed(tuple(held), 'and') or 'no role of this process'}"
    wanted = f", and this asks {listed(tuple(asked))}" if asked is not None else ""
    raise InvalidInput(
        f"this does not say as what: {holds}{wanted}",
        remedy="name it: --role ROLE" if fitting else "holdfast roster show says who holds what",
    )
