"""What holds for the tests of every room."""

from __future__ import annotations

import pytest
from hypothesis import settings

# What several rooms share says what was compared where it fails, whichever test imports it first.
pytest.register_assert_rewrite(
    "tests.integration.engine.keyed",
    "tests.integration.engine.lab",
    "tests.integration.exchange.keyed_lab",
)

# How long one example takes says something about the machine, and nothing about the code.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")
