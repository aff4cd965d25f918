"""Several quorums in one ``any_of``, all of them after the same people: nobody fills two places of any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, Lab, refused
from workflow import DefinitionError

SAFETY = {"sign_offs": {"role": "safety", "count": "1"}}
SECURITY = {"sign_offs": {"role": "security", "count": "1"}}
TWO_OF_SAFETY = {"sign_offs": {"role": "safety", "count": "2"}}
TWO_OF_SECURITY = {"sign_offs": {"role": "security", "count": "2"}}
EACH = {"all_of": {"of": [SAFETY, SECURITY]}}
SOAK = {"soak": {"at_least": "30d"}}


def ways(*of: Any) -> dict[str, Any]:
    return {"any_of": {"of": list(of)}}


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[Any]:
    """Makes a lab whose release is in review, before ``host`` with a gate of one's own."""
    made: list[Lab] = []

    def make(*gate: Any) -> Lab:
        lab = Lab(tmp_path).people()
        lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, *gate]}))
        lab.in_review()
        made.append(lab)
        return lab

    yield make
    for lab in made:
        lab.audited()
        lab.close()


# What a gate asks, who approves as what, and whether that is enough.
CASES: dict[str, tuple[Sequence[Any], Sequence[tuple[str, str]], bool]] = {
    "one person for a way of two roles": (
        [ways(EACH, SOAK)],
        [("both", "safety"), ("both", "security")],
        False,
    ),
    "one person for either of two ways of two people": (
        [ways(TWO_OF_SAFETY, TWO_OF_SECURITY)],
        [("both", "safety"), ("both", "security")],
        False,
    ),
    "a second person for the first way": (
        [ways(TWO_OF_SAFETY, TWO_OF_SECURITY)],
        [("both", "safety"), ("both", "security"), ("mara", "safety")],
        True,
    ),
    "a second person for the second way, while the first sits in the other": (
        [ways(TWO_OF_SAFETY, TWO_OF_SECURITY)],
        [("both", "safety"), ("both", "security"), ("sam", "security")],
        False,
    ),
    "two people for the second way": (
        [ways(TWO_OF_SAFETY, TWO_OF_SECURITY)],
        [("both", "security"), ("sam", "security")],
        True,
    ),
    "one person for a way, and for what stands beside the ways": (
        [ways(SECURITY, SOAK), SAFETY],
        [("both", "safety"), ("both", "security")],
        False,
    ),
    "one person for a way, and another for what stands beside the ways": (
        [ways(SECURITY, SOAK), SAFETY],
        [("both", "safety"), ("both", "security"), ("mara", "safety")],
        True,
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_row_6_nobody_fills_two_places_of_a_gate_whichever_way_they_are_in(labs: Any, what: str) -> None:
    gate, signers, enough = CASES[what]
    lab = labs(*gate)
    for person, role in signers:
        lab.sign(person, "host", role=role)

    if enough:
        lab.advance("host")
    else:
        with refused("gate-denied", "open"):
            lab.advance("host")

    assert lab.stage() == ("hosted" if enough else "review")


@pytest.mark.parametrize(
    "gate",
    [
        [ways(SAFETY, {"all_of": {"of": [TWO_OF_SAFETY, SOAK]}})],
        [SAFETY, ways(TWO_OF_SAFETY, SECURITY)],
        [ways(EACH, TWO_OF_SECURITY)],
    ],
    ids=["in two ways", "beside a way", "in a way within a way"],
)
def test_row_6_a_role_signs_in_one_quorum_of_a_gate_alone(labs: Any, gate: Sequence[Any]) -> None:
    with pytest.raises(DefinitionError, match="signs in this gate already"):
        labs(*gate)
