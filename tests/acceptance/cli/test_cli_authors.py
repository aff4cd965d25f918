"""A misspelt author excludes nobody, so it is said."""

from __future__ import annotations

import pytest
from cli_desk import Desk, by


@pytest.mark.parametrize(
    ("authors", "said"), [(("kimm",), "kimm"), (("lee",), ""), (("lee", "kimm", "idaa"), "kimm and idaa")]
)
def test_an_author_whom_nobody_knows_is_named_when_a_release_begins(
    desk: Desk, authors: tuple[str, ...], said: str
) -> None:
    named = [word for author in authors for word in ("--author", author)]

    result = desk("start", "fresh", "model", "--process", "small", *named, *by("lee"))

    assert result.code == 0, result.err
    assert (f"by these names: {said}" in " ".join(result.out.split())) is bool(said)
