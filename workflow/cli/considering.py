"""Somebody decides with everything before their eyes, here or far from the ledger: the same in both places."""

from __future__ import annotations

from dataclasses import replace

from workflow.cli.choosing import Choice, Wish, asked_decision, chosen, seen_basis, typed_basis
from workflow.cli.laid_out import lay_out, lay_out_words
from workflow.cli.roles import fitting_role
from workflow.cli.session import Call
from workflow.errors import SignOffRejected
from workflow.exchange import Request


def considered(
    call: Call, request: Request, person: str, wish: Wish, *, look: str, here: bool, publisher: str | None = None
) -> Choice:
    """What somebody decides on a request.

    Args:
        call: theirs.
        request: what there is to decide.
        person: by handle.
        wish: what they said already.
        look: the command that shows it, for whoever has not named what they saw.
        here: whether the ledger is at hand: it decides itself about a basis that is named in full, and records that.
        publisher: by whom the move is made, where the ledger is at hand and it is one by a plan.

    Raises:
        InvalidInput: something is missing, and nobody is there to be asked.
        SignOffRejected: an approval of something else than there is.
    """
    role = role_in(request, person, wish)
    shown = call.interactive and wish.seen is None and wish.decision in (None, "approve")
    if shown:
        lay_out(call.out, request, person, role, reaffirms=wish.reaffirms, publisher=publisher, here=here)
        lay_out_words(call.out, request, person, role)
    decision, wish = asked_decision(call, wish)
    if decision != "approve":
        return chosen(call, decision, wish, role)
    if request.other_files is not None:
        raise SignOffRejected(
            f"{request.other_files}: nothing was signed",
            remedy="put the files back, or make them the release's new candidate; a refusal is always taken",
            reason=SignOffRejected.code,
        )
    whole = here and wish.seen is not None and len(wish.seen) == len(request.basis)
    basis = None if shown else wish.seen if whole else seen_basis(request.basis, wish.seen, look)
    choice = chosen(call, decision, wish, role)
    return replace(choice, basis=basis or typed_basis(call, request.basis))


def role_in(request: Request, person: str, wish: Wish) -> str:
    """As what somebody decides: as they said, or in the only role of theirs that fits.

    Raises:
        InvalidInput: they did not say it, and none fits, or several do.
    """
    if wish.role is not None:
        return wish.role
    known = request.person(person)
    asked = None if wish.decision == "reject" else [role.name for role in request.says.roles]
    return fitting_role(person, known.roles if known else (), asked)
