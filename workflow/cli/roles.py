"""In which role somebody acts, where they did not say it."""

from __future__ import annotations

from collections.abc import Sequence

from workflow import Engine
from workflow.cli.session import Call
from workflow.cli.shown import listed
from workflow.errors import InvalidInput


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
    return fitting_role(call.actor, engine.status(release, actor=call.actor).actor_roles, asked)


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
