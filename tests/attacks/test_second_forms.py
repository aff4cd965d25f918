"""Some keys can say the same thing in many genuine ways, and anybody can turn one way of ECDSA into the other.

An act is its statement, and not the bytes of its signature: in whatever form it comes again, it is the same act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import pytest
from attacked import WHY
from signed_lab import SignedLab

from tests.support.hands import Hand
from tests.unit.signing.signing_lab import EVERY_KIND, ORDERS, Draft, Signer, armor, with_numbers
from workflow import InvalidInput, Refused, commands
from workflow.changes import KeyEnrolled
from workflow.possession import Possession, possess
from workflow.signing import PublicKey
from workflow.statement import NAMESPACE

Form = Callable[[Signer, bytes], Draft]


@dataclass(frozen=True)
class KindOfHand:
    """Somebody's key of any kind."""

    person: str
    signer: Signer

    @property
    def line(self) -> str:
        return self.signer.line()

    def sign(self, statement: bytes, namespace: str) -> bytes:
        return self.signer.draft(statement, namespace).armored()

    def possesses(self, origin: str, *, before: Hand | None = None) -> Possession:
        assert before is not None
        return possess(self.person, origin, PublicKey.parse(self.line), self, before=(before.public, before))


def mirrored(draft: Draft, kind: str) -> Draft:
    """The other genuine form of an ECDSA signature, which anybody can work out."""
    return with_numbers(draft, lambda r, s: (r, ORDERS[kind] - s))


def forms(signer: Signer, statement: bytes) -> list[bytes]:
    """Genuine signatures of one statement by one key, no two of the same bytes."""
    kind = signer.kind
    drafts = [signer.draft(statement, NAMESPACE), signer.draft(statement, NAMESPACE, hash_name="sha256")]
    if kind == "rsa":
        drafts.append(signer.draft(statement, NAMESPACE, rsa_algorithm="rsa-sha2-256"))
    if kind.startswith("sk-"):
        drafts.append(signer.draft(statement, NAMESPACE, counter=8))
    if kind in ORDERS:
        drafts.append(mirrored(drafts[0], kind))
    found = [draft.armored() for draft in drafts] + [armor(drafts[0].blob(), width=64)]
    return [*found, found[0].replace(b"\n", b"\r\n")]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_row_32_one_statement_is_one_act_in_whichever_genuine_form_it_comes_again(signed: SignedLab, kind: str) -> None:
    hand = KindOfHand("mara", Signer(kind))
    signed.enrol("mara", hand, before=signed.hands["mara"])  # type: ignore[arg-type]
    asked = signed.approval()
    first, *others = forms(hand.signer, asked.statement)
    assert len({first, *others}) == len(others) + 1 >= 4

    done = asked.bring(first)
    for other in others:
        again = asked.bring(other)
        assert (again.replayed, again.entry, again.command_id) == (True, done.entry, done.command_id)

    assert signed.size() == done.entry
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


@pytest.mark.parametrize("kind", sorted(ORDERS))
def test_row_32_the_form_that_somebody_worked_out_is_no_second_act_whichever_comes_first(
    signed: SignedLab, kind: str
) -> None:
    hand = KindOfHand("mara", Signer(kind))
    signed.enrol("mara", hand, before=signed.hands["mara"])  # type: ignore[arg-type]
    for order in permutations((False, True)):
        asked = signed.approval()
        made = hand.signer.draft(asked.statement, NAMESPACE)
        outcomes = [asked.bring((mirrored(made, kind) if other else made).armored()) for other in order]
        assert [outcome.replayed for outcome in outcomes] == [False, True]

    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


@pytest.mark.parametrize("kind", sorted(ORDERS))
def test_row_32_other_numbers_are_no_form_of_it(signed: SignedLab, kind: str) -> None:
    hand = KindOfHand("mara", Signer(kind))
    signed.enrol("mara", hand, before=signed.hands["mara"])  # type: ignore[arg-type]
    order = ORDERS[kind]
    for change in (
        lambda r, s: (order - r, s),
        lambda r, s: (r, s + order),
        lambda r, s: (r + order, s),
        lambda r, s: (s, r),
        lambda r, s: (r, s - 1),
    ):
        asked = signed.approval()
        made = with_numbers(hand.signer.draft(asked.statement, NAMESPACE), change)
        with pytest.raises(Refused) as refusal:
            asked.bring(made.armored())
        assert refusal.value.reason == "signature-invalid"

    assert signed.counted() == set()


@pytest.mark.parametrize("written", ["{} {} another comment", "{} {}", "{}   {}  x\n", "{}\t{}\r\n"])
def test_row_32_a_key_that_is_written_in_another_way_is_the_same_key(signed: SignedLab, written: str) -> None:
    line = written.format(*signed.hands["mara"].line.split()[:2])

    with pytest.raises(InvalidInput, match="mara's already"):
        signed.by("ana").enrol_key("jun", line, verified_by="ana", how=WHY, actor="ana", rationale=WHY)
    change = KeyEnrolled(person="jun", key=line, verified_by="ana")
    with pytest.raises(InvalidInput, match=r"mara.s already|one blank between"):
        signed.by("ana")._execute(commands.ProposeChange(actor="ana", change=change), {"rationale": WHY, "how": WHY})
