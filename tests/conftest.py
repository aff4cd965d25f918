"""What the tests of several folders share."""

from __future__ import annotations

import pytest

# They are no test modules by name; without this their assertions would not say what they compared. It is said before
# anything imports one of them, whichever folder comes first.
pytest.register_assert_rewrite(
    "tests.integration.engine.lab",
    "tests.integration.engine.keyed",
    "tests.integration.exchange.keyed_lab",
)
