"""Whatever people and thieves do in whatever order, where signatures are demanded: nothing counts but its maker's own.

The machine of :mod:`tests.property.test_engine_machine`, with keys. Now and then somebody else holds the pen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import Lab
from tests.property.test_engine_machine import HOST, MODELS, Commands, slugs
from tests.support.hands import Hand
from workflow import Engine

RAISES = ("host", "publish")
HANDS = ("nobody's", "another's", "a stranger's", "a second", "for another purpose", "spoilt")


class Pen:
    """Signs for whoever a statement says speaks: with their own key, but for the few times for which it was taken."""

    def __init__(self) -> None:
        self.held, self.left = "own", 0

    def take(self, held: str, times: int) -> None:
        """Somebody else holds the pen."""
        self.held, self.left = held, times

    def next(self) -> str:
        """Whose hand it is this time."""
        if not self.left:
            return "own"
        self.left -= 1
        return self.held

    def sign(self, statement: bytes, namespace: str) -> bytes:
        person = json.loads(statement)["predicate"]["actor"]
        held = self.next()
        if held == "spoilt":
            return Hand(person).sign(statement, namespace).replace(b"A", b"B", 3)
        if held == "for another purpose":
            return Hand(person).sign(statement, "file")
        hands = {"another's": Hand("jun" if person != "jun" else "mara"), "a stranger's": Hand("eve")}
        return hands.get(held, Hand(person, 1 if held == "a second" else 0)).sign(statement, namespace)


class Penned(Keyed):
    """A lab in which the pen can be in other hands, or nobody's: then whoever acts only says who they are."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        super().__init__(directory, **settings)
        self.pen = Pen()
        self.engine = self.claimed.signing_with(self.pen)

    def reopen(self) -> None:
        super().reopen()
        self.engine = self.claimed.signing_with(self.pen)

    def tick(self) -> Engine:
        self.clock.forward("1s")
        return self.claimed if self.pen.left and self.pen.held == "nobody's" and self.pen.next() else self.engine


class SignedCommands(Commands):
    """Random commands by random people and by those who have their pens."""

    laboratory: ClassVar[type[Lab]] = Penned
    lab: Penned

    @rule(held=st.sampled_from(HANDS), times=st.integers(1, 3))
    def somebody_else_holds_the_pen(self, held: str, times: int) -> None:
        self.lab.pen.take(held, times)

    @rule(slug=slugs, trigger=st.sampled_from(["submit", "host", "publish"]))
    def everybody_signs_for_themselves(self, slug: str, trigger: str) -> None:
        self.lab.pen.take("own", 0)
        self.honestly_go_on(slug, trigger, 4)

    def check_gate(self, slug: str, moved: Any, caller: str) -> None:
        """Whoever was counted had signed, with a key of their own, for just this."""
        super().check_gate(slug, moved, caller)
        if moved.trigger not in RAISES:
            return
        last = self.lab.engine.history(slug, limit=1)[0]
        counted = self.counted(last.verdicts)
        assert len({person for person, _ in counted}) >= 2, "this was let through on less than two people's words"
        for person, entry in counted:
            self.check_signed(slug, moved.trigger, person, entry)

    @precondition(lambda self: self.steps % 5 == 0)
    @invariant()
    def nobody_s_word_counts_but_what_they_signed(self) -> None:
        for slug in self.account.candidates:
            for trigger in RAISES:
                told = self.lab.engine.explain(slug, trigger, observe=False)
                for person, entry in self.counted([verdict.recorded() for verdict in told.verdicts]):
                    self.check_signed(slug, trigger, person, entry)

    def counted(self, verdicts: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
        """The people whose approvals count, and the entries in which these stand."""
        facts = [fact for verdict in verdicts if verdict["policy"] == "sign_offs" for fact in verdict["facts"]]
        return [(fact["person"], fact["entry"]) for fact in facts if fact["label"] == "counted"]

    def check_signed(self, slug: str, trigger: str, person: str, entry: int) -> None:
        """An entry is a person's own, signed with a key that is theirs, over the very transition and candidate."""
        signed = self.lab.engine.signed_entry(entry)
        said = json.loads(signed.statement)["predicate"]
        bound = said["binding"]
        assert (said["actor"], bound["release"], bound["transition"]) == (person, slug, trigger)
        assert (bound["decision"], bound["candidate"]) == ("approve", self.account.candidates[slug])
        assert signed.key == Hand(person).fingerprint


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> type[SignedCommands]:
    """The machine over a ledger whose people have keys, under a process that demands signatures."""
    directory = tmp_path_factory.mktemp("signed-template")
    lab = Keyed.staffed(directory)
    lab.allow(lab.signed(host=HOST))
    for name in MODELS:
        lab.model(name)
    lab.model("repacked", model__safetensors="weights of first", readme__txt="the same weights again")
    lab.close()
    return type("OverSignedTemplate", (SignedCommands,), {"template": directory, "source": lab.url})


QUICK = settings(
    max_examples=8, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
LONG = settings(max_examples=400, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck))


def test_whatever_people_and_thieves_do_nothing_counts_but_its_maker_s_own(commands: type[SignedCommands]) -> None:
    run_state_machine_as_test(commands, settings=QUICK)


@pytest.mark.soak
def test_whatever_people_and_thieves_do_for_long_nothing_counts_but_its_maker_s_own(
    commands: type[SignedCommands],
) -> None:
    run_state_machine_as_test(commands, settings=LONG)
