"""Whatever bytes a parser is given, it answers, or refuses with the error that it declares; nothing else comes out."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated, with_another_value
from tests.fuzz.parsers import PARSERS, Parser

QUICK = settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
ATHERIS_SECONDS = 120

on_each = pytest.mark.parametrize("parser", PARSERS, ids=str)
on_each_of_json = pytest.mark.parametrize("parser", [each for each in PARSERS if each.seeds[0][:1] == b"{"], ids=str)


def everything(parser: Parser) -> st.SearchStrategy[bytes]:
    return st.binary() | mutated(parser.seeds)


@on_each
def test_what_is_good_is_taken(parser: Parser) -> None:
    assert any(parser.try_on(seed) for seed in parser.seeds)


@on_each
@QUICK
@given(data=st.data())
def test_any_bytes_are_taken_or_refused_as_declared(parser: Parser, data: st.DataObject) -> None:
    parser.try_on(data.draw(everything(parser)))


@on_each_of_json
@QUICK
@given(data=st.data())
def test_any_json_is_taken_or_refused_as_declared(parser: Parser, data: st.DataObject) -> None:
    parser.try_on(data.draw(with_another_value(parser.seeds)))


@on_each
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"\xff" * 100,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b'{"a":' + b"1" * 5000 + b"}",
        b"1e400",
        b"NaN",
        b'"\\ud800"',
        b'{"\\ud800":1}',
        b'{"a":1,"a":1}',
        b"A" * 1_000_000,
        b"\n" * 1_000_000,
        b'"' * 100_000,
    ],
    ids=lambda data: f"{len(data)} of {data[:8]!r}",
)
def test_what_has_broken_parsers_elsewhere_is_taken_or_refused_as_declared(parser: Parser, data: bytes) -> None:
    parser.try_on(data)


@pytest.mark.soak
@on_each
@LONG
@given(data=st.data())
def test_any_bytes_are_taken_or_refused_for_long(parser: Parser, data: st.DataObject) -> None:
    parser.try_on(data.draw(everything(parser)))


@pytest.mark.soak
@on_each_of_json
@LONG
@given(data=st.data())
def test_any_json_is_taken_or_refused_for_long(parser: Parser, data: st.DataObject) -> None:
    parser.try_on(data.draw(with_another_value(parser.seeds)))


@pytest.mark.soak
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_nothing_that_atheris_finds_breaks_a_parser() -> None:
    command = [sys.executable, "-m", "tests.fuzz.atheris_parsers", "--seconds", str(ATHERIS_SECONDS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
