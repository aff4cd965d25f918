"""Rules that are made of rules: what they share, whichever of their parts must allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Annotated, Self, TypeVar

from pydantic import Field, PrivateAttr, WithJsonSchema

from workflow.gate_context import GateContext
from workflow.process import PolicySpec
from workflow.rule import Policy, judged
from workflow.signoff import Quorum
from workflow.verdict import CannotTell, Need, Verdict

MAX_NESTED = 3
"""How deep composed rules may stand in one another."""

MAX_PARTS = 20

ITEM_OF_A_GATE = {"$comment": "an item of a gate"}
"""For editors: here stands what may stand in a gate."""

Item = TypeVar("Item")

Rules = Annotated[
    tuple[PolicySpec, ...],
    Field(min_length=1, max_length=MAX_PARTS),
    WithJsonSchema({"type": "array", "items": ITEM_OF_A_GATE, "minItems": 1, "maxItems": MAX_PARTS}),
]
"""The rules of a composed one, as they stand in a resolved process; in a file they are written like those of a gate."""


class Composed(Policy):
    """A rule made of the rules ``of`` which it is composed, each written as in a gate.

    What any of them needs, asks or names, it needs, asks and names too. It says nothing by itself.
    """

    of: Rules

    _parts: tuple[Policy, ...] = PrivateAttr(default=())

    def composed_of(self, parts: Iterable[Policy]) -> Self:
        """The same rule with its parts, in the order of ``of``, ready to be judged."""
        made = self.model_copy()
        made._parts = tuple(parts)
        return made

    @property
    def parts(self) -> tuple[Policy, ...]:
        """The rules that it is composed of.

        Raises:
            CannotTell: it was not given them.
        """
        if len(self._parts) != len(self.of):
            raise CannotTell(f"the rules of {self.rule} were not built")
        return self._parts

    def judged(self, context: GateContext) -> tuple[Verdict, ...]:
        """The verdict of each part, in its order. One that crashes blocks, and says so."""
        return tuple(judged(part, context) for part in self.parts)

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        """What any part must know from outside."""
        found: list[Need] = []
        for part in self.parts:
            try:
                found += part.needs(context)
            except Exception:  # noqa: S112 -- the part is judged without it, and blocks for want of it
                continue
        return tuple(found)

    def quorums(self) -> tuple[Quorum, ...]:
        """The sign-offs that the parts demand. Each place of every part is filled by somebody of its own."""
        return self._all(lambda part: part.quorums())

    def sign_off_lifetime(self) -> timedelta | None:
        """The shortest time for which a part lets a sign-off count."""
        return min((limit for part in self.parts if (limit := part.sign_off_lifetime()) is not None), default=None)

    def roles_named(self) -> tuple[str, ...]:
        """The roles that any part names."""
        return tuple(dict.fromkeys(self._all(lambda part: part.roles_named())))

    def areas_named(self) -> tuple[str, ...]:
        """The risk areas that any part wants reviewed."""
        return tuple(dict.fromkeys(self._all(lambda part: part.areas_named())))

    def tests_named(self) -> tuple[str, ...]:
        """The tests that any part wants done."""
        return tuple(dict.fromkeys(self._all(lambda part: part.tests_named())))

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """What approvals of the gate rest on because of any part."""
        return self._all(lambda part: part.rests_on(context))

    def _all(self, asked: Callable[[Policy], Iterable[Item]]) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in asked(part))
