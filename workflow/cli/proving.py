"""``audit prove``: a proof over the tree, to be checked by somebody who has no ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from workflow import Engine
from workflow.cli.session import Call
from workflow.errors import InvalidInput
from workflow.views import ConsistencyProof, InclusionProof

Entry = Annotated[
    int | None,
    typer.Argument(metavar="ENTRY", help="The entry that is shown to be in the tree.", show_default=False),
]
Consistency = Annotated[
    int | None,
    typer.Option("--consistency", metavar="SIZE", help="Show that the tree of this size is the beginning, instead."),
]
Size = Annotated[
    int | None,
    typer.Option("--size", metavar="SIZE", help="The tree it is shown for; by default, that over all entries."),
]


def prove(call: Call, entry: Entry = None, consistency: Consistency = None, size: Size = None) -> None:
    """Show that an entry is in the tree of some size and root, or that the tree only grew since an earlier size.

    A proof is a list of hashes, and is checked as in RFC 9162, sections 2.1.3.2 and 2.1.4.2. It says that something is
    so in the tree of that root; that it is the right root, a checkpoint or a signature says.
    """
    with call.engine() as engine:
        proof = _proof(engine, entry, consistency, size)
    out = call.out
    if isinstance(proof, InclusionProof):
        out.line(f"Entry {proof.entry} of {proof.origin} is in the tree over the first {proof.size} entries.")
        out.line(proof.hash, lead="  hash   ")
        out.line(proof.root, lead="  root   ")
    else:
        out.line(f"The first {proof.first} entries of {proof.origin} are the beginning of its first {proof.second}.")
        out.line(proof.first_root, lead="  first  ")
        out.line(proof.second_root, lead="  second ")
    for node in proof.proof:
        out.line(node, lead="  proof  ")
    out.json(proof)


def _proof(
    engine: Engine, entry: int | None, consistency: int | None, size: int | None
) -> InclusionProof | ConsistencyProof:
    match entry, consistency:
        case int(), None:
            return engine.prove_inclusion(entry, size)
        case None, int():
            return engine.prove_consistency(consistency, size)
        case _:
            raise InvalidInput("name an entry, or a size with --consistency", remedy="such as: holdfast audit prove 12")
