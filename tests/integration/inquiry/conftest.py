"""A laboratory with a release in review, as the engine's tests have it."""

from __future__ import annotations

from tests.integration.engine.conftest import empty, keyed, lab, review, signing

__all__ = ["empty", "keyed", "lab", "review", "signing"]
