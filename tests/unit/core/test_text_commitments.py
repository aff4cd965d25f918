"""A commitment stands for one text under one salt, and tells nothing without the salt."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from workflow.ledger import SaltedText, commitment, is_digest

TEXTS = st.text(st.characters(codec="utf-8"))
SALTS = st.binary(min_size=32, max_size=32)


@given(SALTS, TEXTS)
def test_a_commitment_has_the_form_that_is_written_down(salt: bytes, text: str) -> None:
    expected = hashlib.sha256(b"holdfast-text-v1\x00" + salt + text.encode()).hexdigest()

    assert commitment(salt, text) == SaltedText(salt, text).commitment == expected
    assert is_digest(expected)


@given(SALTS, SALTS, TEXTS, TEXTS)
def test_two_commitments_are_equal_only_for_the_same_text_and_salt(
    salt: bytes, other_salt: bytes, text: str, other_text: str
) -> None:
    same = (salt, text) == (other_salt, other_text)

    assert (commitment(salt, text) == commitment(other_salt, other_text)) is same


def test_the_same_text_is_never_committed_to_twice_alike() -> None:
    first, second = SaltedText.of("too dangerous"), SaltedText.of("too dangerous")

    assert len(first.salt) == len(second.salt) == 32
    assert first.commitment != second.commitment
