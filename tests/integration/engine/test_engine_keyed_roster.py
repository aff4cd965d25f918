"""A roster whose administrators have keys: every change is signed, for the next version, by the thresholds it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, refused, types
from tests.support.hands import Hand
from workflow import Engine, Exposure, InvalidInput, Refused
from workflow import statement as statements
from workflow.changes import RolesGranted
from workflow.commands import ApproveChange, ProposeChange
from workflow.roster_views import PendingView


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Keyed]:
    """``ana``, ``bob`` and ``cid`` administer, any two of them, each with a key; ``mara`` and ``jun`` are there too."""
    lab = Keyed(tmp_path, threshold=2).found().staff({"mara": ("safety",), "jun": ("safety",)})
    yield lab
    lab.audited()
    lab.close()


def grant(lab: Keyed, person: str = "mara", role: str = "press", by: str = "ana", engine: Engine | None = None) -> str:
    outcome = (engine or lab.tick()).grant(person, [role], actor=by, rationale=WHY)
    return outcome.events[0].id  # type: ignore[attr-defined, no-any-return]


def pending(lab: Keyed, change: str) -> PendingView:
    return next(item for item in lab.claimed.roster().pending if item.id == change)


def roles(lab: Keyed, person: str) -> tuple[str, ...]:
    return next(item.roles for item in lab.claimed.roster().people if item.person == person)


# When signatures begin.


def test_claims_are_enough_until_as_many_administrators_as_it_takes_have_a_key(tmp_path: Path) -> None:
    lab = Keyed(tmp_path, threshold=2)
    first = lab.enrol("ana", lab.hands["ana"], by="ana", verified_by="ana", engine=lab.claimed)
    second = lab.enrol("bob", lab.hands["bob"], by="bob", verified_by="bob", engine=lab.claimed)

    lab.approve(first.events[0].id, engine=lab.claimed)  # type: ignore[attr-defined]
    assert not lab.claimed.roster().keyed
    lab.approve(second.events[0].id, engine=lab.claimed)  # type: ignore[attr-defined]

    assert (lab.claimed.roster().keyed, lab.claimed.roster().able) == (True, ("ana", "bob"))
    with refused("unsigned"):
        lab.claimed.add_person("mara", actor="ana", rationale=WHY)
    lab.audited()
    lab.close()


def test_a_restored_key_can_be_the_one_that_was_missing(tmp_path: Path) -> None:
    lab = Keyed(tmp_path, threshold=2)
    for person in ("ana", "bob"):
        outcome = lab.enrol(person, lab.hands[person], by=person, verified_by=person, engine=lab.claimed)
        if person == "bob":
            ana = lab.hands["ana"].fingerprint
            lab.claimed.suspend_key(ana, actor="cid", rationale=WHY)
        lab.approve(outcome.events[0].id, engine=lab.claimed)  # type: ignore[attr-defined]
    assert not lab.claimed.roster().keyed

    lab.approve(lab.claimed.restore_key(ana, actor="bob", rationale=WHY).events[0].id, engine=lab.claimed)  # type: ignore[attr-defined]

    assert lab.claimed.roster().keyed
    lab.audited()
    lab.close()


def test_a_lower_threshold_can_be_what_was_missing(tmp_path: Path) -> None:
    lab = Keyed(tmp_path, threshold=2)
    lab.approve(
        lab.enrol("ana", lab.hands["ana"], by="ana", verified_by="ana", engine=lab.claimed).events[0].id,
        engine=lab.claimed,
    )  # type: ignore[attr-defined]

    fewer = lab.claimed.set_administrators(["ana", "bob"], 1, actor="ana", rationale=WHY)
    lab.approve(fewer.events[0].id, engine=lab.claimed)  # type: ignore[attr-defined]

    assert lab.claimed.roster().keyed
    lab.close()


ASKED: dict[str, Callable[[Engine], object]] = {
    "a grant": lambda engine: engine.grant("mara", ["press"], actor="ana", rationale=WHY),
    "a person": lambda engine: engine.add_person("zoe", actor="ana", rationale=WHY),
    "a process": lambda engine: engine.disallow_process("0" * 64, actor="ana", rationale=WHY),
    "a clock": lambda engine: engine.correct_clock(actor="ana", rationale=WHY),
    "an erasure": lambda engine: engine.erase(2, "rationale", actor="ana", rationale=WHY),
    "being away": lambda engine: engine.away(actor="mara", rationale=WHY),
    "administrators": lambda engine: engine.set_administrators(["ana"], 1, actor="ana", rationale=WHY),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_once_keyed_nothing_is_asked_of_the_roster_by_a_claim(two: Keyed, ask: Callable[[Engine], object]) -> None:
    before = two.claimed.roster()

    if ask is ASKED["a process"]:
        process = two.signed()
        two.agreed(two.tick().allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY))
        before = two.claimed.roster()
        with refused("unsigned"):
            two.claimed.disallow_process(process.digest, actor="ana", rationale=WHY)
    else:
        with refused("unsigned"):
            ask(two.claimed)

    assert two.claimed.roster() == before


def test_keys_that_are_stopped_do_not_bring_claims_back(keyed: Keyed) -> None:
    keyed.tick().suspend_key(keyed.hands["ana"].fingerprint, actor="ana", rationale=WHY)

    assert (keyed.claimed.roster().keyed, keyed.claimed.roster().able) == (True, ())
    with refused("unsigned"):
        keyed.claimed.add_person("zoe", actor="ana", rationale=WHY)
    with refused("signature-invalid"):
        keyed.tick().add_person("zoe", actor="ana", rationale=WHY)


def test_somebody_who_has_a_key_says_by_it_alone_that_they_are_away(unkeyed: Keyed) -> None:
    unkeyed.enrol("mara", unkeyed.hands["mara"], engine=unkeyed.claimed)

    with refused("unsigned"):
        unkeyed.claimed.away(actor="mara", rationale=WHY)
    unkeyed.claimed.away(actor="jun", rationale=WHY)

    assert [item.person for item in unkeyed.claimed.roster().away] == ["jun"]


# The next version, and no other.


def test_an_administrator_alone_does_nothing(two: Keyed) -> None:
    change = grant(two)

    assert "press" not in roles(two, "mara")
    with pytest.raises(InvalidInput, match="ana approved"):
        two.tick().approve_change(change, actor="ana", rationale=WHY)
    two.tick().approve_change(change, actor="bob", rationale=WHY)
    assert "press" in roles(two, "mara")


def test_an_approval_for_one_version_does_not_count_for_the_next(two: Keyed) -> None:
    first, second = grant(two), grant(two, "jun")
    now = two.claimed.roster().version
    assert (pending(two, second).version, pending(two, second).counting) == (now + 1, ("ana",))

    two.tick().approve_change(first, actor="bob", rationale=WHY)

    waiting = pending(two, second)
    assert (waiting.version, waiting.counting, waiting.stale) == (now + 2, (), ("ana",))
    assert waiting.who_can == ("ana", "bob", "cid")
    two.tick().approve_change(second, actor="bob", rationale=WHY)
    assert "press" not in roles(two, "jun")
    two.tick().approve_change(second, actor="ana", rationale=WHY)
    assert "press" in roles(two, "jun")


def test_a_change_that_was_signed_for_a_version_that_others_made_is_refused(two: Keyed) -> None:
    """The signer takes their time, and meanwhile the roster has moved on."""
    other = grant(two, "jun")

    class Slow:
        def sign(self, statement: bytes, namespace: str) -> bytes:
            two.engine.approve_change(other, actor="bob", rationale=WHY)
            return two.hands.sign(statement, namespace)

    with refused("other-statement") as caught:
        grant(two, by="cid", engine=two.claimed.signing_with(Slow()))

    assert "signed for version" in caught.value.message


def test_what_was_signed_once_is_not_used_twice(two: Keyed) -> None:
    """An approval that went stale is handed in again, word for word: it is found, and counts no more than it did."""
    second = grant(two, "jun", by="bob")
    content = pending(two, second).content
    held = two.held_back(ApproveChange(actor="ana", id=second, content=content), two.hands["ana"])
    third = grant(two, "mara", by="bob")
    two.tick().approve_change(third, actor="cid", rationale=WHY)

    with refused("other-statement"):
        two.hand_in(held)
    before = two.entries()
    with pytest.raises(Refused):
        two.hand_in(held)

    assert two.entries() == before
    assert pending(two, second).counting == ()


def test_what_was_signed_for_another_ledger_counts_here_for_nothing(two: Keyed, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Keyed(tmp_path / "other", threshold=2).found().staff({"mara": ("safety",), "jun": ("safety",)})
    command = ProposeChange(actor="ana", change=RolesGranted(person="mara", roles=("press",)))
    held = other.held_back(command, other.hands["ana"])
    other.close()

    with refused("signature-invalid") as caught:
        two.hand_in(held)

    assert "saw another ledger" in caught.value.message
    assert two.claimed.roster().pending == ()


def test_a_statement_that_names_no_version_is_none_for_a_change(two: Keyed) -> None:
    """What is signed must bind the version, or it could be used for any."""
    command = ProposeChange(actor="ana", change=RolesGranted(person="mara", roles=("press",)))
    held = two.held_back(command, two.hands["ana"])
    read = statements.read(held.signed.statement)
    assert read.tree is not None
    loose = statements.request(
        "ana",
        two.origin,
        command.request(),
        change=command.change,
        version=None,
        texts=read.predicate["texts"],
        nonce=read.nonce,
        tree=read.tree,
    )
    forged = type(held.signed)(loose, two.hands["ana"].sign(loose, "holdfast"), held.signed.salts)

    with refused("other-statement"):
        two.hand_in(type(held)(held.command, held.texts, forged))


def test_the_word_of_a_key_that_was_stopped_counts_no_more(two: Keyed) -> None:
    """Whoever stole ana's key proposed something; it was found out before bob, who knows nothing of it, agreed."""
    change = grant(two, "jun")
    two.tick().suspend_key(two.hands["ana"].fingerprint, actor="cid", rationale=WHY)

    assert (pending(two, change).counting, pending(two, change).stale) == ((), ("ana",))
    two.tick().approve_change(change, actor="bob", rationale=WHY)

    assert "press" not in roles(two, "jun")
    assert pending(two, change).who_can == ("cid",)


# Who administers.


@dataclass(frozen=True)
class Succession:
    """Other administrators, who approves them, and whether that is enough."""

    what: str
    administrators: tuple[str, ...]
    threshold: int
    approve: tuple[str, ...]
    enough: bool


SUCCESSIONS = (
    Succession("one of the old", ("ana", "bob", "mara"), 2, ("ana",), False),
    Succession("two of the old who are also new", ("ana", "bob", "mara"), 2, ("ana", "bob"), True),
    Succession("two of the old, one of whom is new", ("ana", "mara", "jun"), 2, ("ana", "bob"), False),
    Succession("two of the old and one of the new", ("ana", "mara", "jun"), 2, ("ana", "bob", "mara"), True),
    Succession("two of the old, none of them new", ("mara", "jun"), 1, ("ana", "bob"), False),
    Succession("one of the old, and all of the new", ("mara", "jun"), 2, ("ana", "mara", "jun"), False),
    Succession("two of the old, and one of the new", ("mara", "jun"), 1, ("ana", "bob", "jun"), True),
    Succession("two of the old, and too few of the new", ("mara", "jun"), 2, ("ana", "bob", "jun"), False),
    Succession("a higher threshold, by as many", ("ana", "bob", "cid"), 3, ("ana", "bob"), False),
    Succession("a higher threshold, by all", ("ana", "bob", "cid"), 3, ("ana", "bob", "cid"), True),
    Succession("a lower threshold", ("ana", "bob", "cid"), 1, ("ana", "bob"), True),
)


@pytest.mark.parametrize("case", SUCCESSIONS, ids=lambda case: f"{case.what}-{case.threshold}")
def test_other_administrators_take_the_thresholds_of_the_old_and_of_the_new(two: Keyed, case: Succession) -> None:
    first, *others = case.approve
    proposed = two.tick().set_administrators(case.administrators, case.threshold, actor=first, rationale=WHY)
    change = proposed.events[0].id  # type: ignore[attr-defined]
    for person in others:
        two.tick().approve_change(change, actor=person, rationale=WHY)

    view = two.claimed.roster()
    expected = (case.administrators, case.threshold) if case.enough else (("ana", "bob", "cid"), 2)
    assert (view.administrators, view.threshold) == expected
    if not case.enough:
        assert (pending(two, change).needed, pending(two, change).needed_of_new) == (2, case.threshold)


def test_who_is_to_administer_approves_that_alone_and_proposes_nothing(two: Keyed) -> None:
    with refused("not-administrator"):
        two.tick().set_administrators(["mara"], 1, actor="mara", rationale=WHY)
    change = two.tick().set_administrators(["ana", "bob", "mara"], 2, actor="ana", rationale=WHY)
    other = grant(two, "jun")

    two.tick().approve_change(change.events[0].id, actor="mara", rationale=WHY)  # type: ignore[attr-defined]
    with refused("not-administrator"):
        two.tick().approve_change(other, actor="mara", rationale=WHY)


@pytest.mark.parametrize(
    ("administrators", "threshold", "says"),
    [
        (["zoe"], 1, "only 0 of zoe have a key"),
        (["ana", "zoe"], 2, "only 1 of ana, zoe have a key"),
        (["ana"], 2, "cannot be reached"),
        (["ana", "ana"], 2, "cannot be reached"),
    ],
)
def test_nobody_hands_the_roster_to_people_who_cannot_change_it(
    two: Keyed, administrators: list[str], threshold: int, says: str
) -> None:
    two.agreed(two.tick().add_person("zoe", actor="ana", rationale=WHY))

    with pytest.raises(InvalidInput, match=says):
        two.tick().set_administrators(administrators, threshold, actor="ana", rationale=WHY)


def test_a_key_without_which_nothing_could_be_changed_any_more_is_not_revoked(keyed: Keyed) -> None:
    first = keyed.hands["ana"]
    with pytest.raises(InvalidInput, match="nothing on this roster could be changed any more"):
        keyed.tick().revoke_key(first.fingerprint, actor="ana", rationale=WHY)
    keyed.enrol("ana", Hand("ana", 2), before=first, verified_by="ana")
    keyed.hands.take_up("ana", 2)

    keyed.tick().revoke_key(first.fingerprint, actor="ana", rationale=WHY)

    assert keyed.claimed.roster().able == ("ana",)


# The charter.


def test_the_charter_takes_the_same_thresholds(two: Keyed) -> None:
    process = two.signed()
    two.tick().allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY)
    assert process.digest not in {line.process for line in two.claimed.roster().charter}

    two.tick().approve_change(two.claimed.roster().pending[0].id, actor="cid", rationale=WHY)

    assert process.digest in {line.process for line in two.claimed.roster().charter}


def test_an_empty_charter_allows_internal_releases_and_nothing_further(keyed: Keyed) -> None:
    process = keyed.signed()
    for line in keyed.claimed.roster().charter:
        keyed.tick().disallow_process(line.process, actor="ana", rationale=WHY)
    assert keyed.claimed.roster().charter == ()

    with refused("not-chartered"):
        keyed.start(process=process)
    inside = keyed.read(internal_only())
    keyed.start("borealis", process=inside)
    assert types(keyed.advance("submit", "borealis")) == ["transition_made"]


def internal_only() -> dict[str, object]:
    return {
        "process": "inside",
        "version": "1",
        "signed": "true",
        "started_by": ["lead"],
        "roles": {"lead": {}},
        "stages": {"testing": {"exposure": "internal"}, "review": {"exposure": "internal"}},
        "transitions": {
            "submit": {"from": "testing", "to": "review", "gate": [CALLED_BY_LEAD]},
            "return": {"from": "review", "to": "testing", "gate": [CALLED_BY_LEAD]},
        },
    }
