"""The organisation's own policies and observers: where Python finds them, and how an observer is called.

They are code. It runs only where ``holdfast.toml`` names it, and it may stand beside that file.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from workflow.cli.config import Config
from workflow.errors import DefinitionError
from workflow.observe import Looker


def make_importable(config: Config) -> None:
    """Lets Python find modules beside the configuration, where that names any of them."""
    if config.file is None or not (config.policies or config.observers):
        return
    place = str(config.file.parent.resolve())
    # At the end: nothing there may take the place of an installed module, least of all of the shipped policies.
    if place not in sys.path:
        sys.path.append(place)


def observers_of(config: Config) -> dict[str, Looker]:
    """The observers that the configuration names, by kind; each is imported when something has to be looked at."""
    return {kind: _looker(name) for kind, name in config.observers.items()}


def _looker(name: str) -> Looker:
    def look(params: Mapping[str, Any]) -> dict[str, Any]:
        module, _, attribute = name.partition(":")
        try:
            function: Looker = getattr(import_module(module), attribute)
        except Exception as error:  # importing runs code of the organisation's, which may raise whatever it likes
            raise DefinitionError(
                f"the observer {name} cannot be imported: {type(error).__name__}: {error}",
                remedy="correct its name under [observers] in holdfast.toml, or its module",
            ) from error
        return function(params)

    return look
