"""Which candidates are meant, where somebody named them by the first digits that a screen showed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflow import Engine
from workflow.cli.shown import SHORT_DIGITS
from workflow.errors import InvalidInput

_BEGINNING = re.compile(rf"[0-9a-f]{{{SHORT_DIGITS},63}}")


def whole(engine: Engine, named: Sequence[str] | None) -> tuple[str, ...]:
    """The digests of candidates, each whole: of one that was named by its beginning, that of the only one that fits.

    Raises:
        InvalidInput: no release's candidate begins so, or more than one does.
    """
    return tuple(_whole(engine, item) if _BEGINNING.fullmatch(item) else item for item in named or ())


def _whole(engine: Engine, beginning: str) -> str:
    found = engine.candidates(beginning)
    if len(found) != 1:
        what = f"{len(found)} candidates begin" if found else "no release's candidate begins"
        raise InvalidInput(f"{what} with {beginning}", remedy="name it whole: holdfast list --json shows it")
    return found[0]
