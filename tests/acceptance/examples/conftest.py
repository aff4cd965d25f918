"""The verifier of packs, as a test calls it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.acceptance.examples.taken_apart import SCRIPT

BESIDE = ("archive", "arithmetic", "signed", "vouching")


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """What is run, with the modules that lie beside it; nobody else finds those."""
    spec = importlib.util.spec_from_file_location("verify_pack", SCRIPT / "__main__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(SCRIPT))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPT))
    yield module
    for name in BESIDE:
        del sys.modules[name]


@pytest.fixture(scope="module")
def arithmetic(script: ModuleType) -> ModuleType:
    """The numbers by which it verifies."""
    return sys.modules["arithmetic"]
