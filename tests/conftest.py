"""What is shared by the tests of several rooms says what was compared where it fails, whoever imports it first."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "tests.integration.engine.keyed",
    "tests.integration.engine.lab",
    "tests.integration.exchange.keyed_lab",
)
