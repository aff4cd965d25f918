"""In which role somebody acts, where they did not say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from workflow import Engine
from workflow.cli.session import Call
from workflow.errors import InvalidInput
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
