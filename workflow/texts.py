"""What a person may write as a reason, a statement or a condition."""

from __future__ import annotations

import unicodedata

from workflow.errors import InvalidInput

MAX_CHARACTERS = 16_384
REAL_NAME = "name"
_MEANINGFUL = 3


def check_text(name: str, text: str) -> str:
    """The text in Unicode NFC and without blanks around it.

    Raises:
        InvalidInput: it is empty or as good as (``.``, ``xxx``), too long, or holds control characters.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"the {name.replace('_', ' ')} is a text, not {type(text).__name__}", remedy="say why")
    clean = unicodedata.normalize("NFC", text).strip()
    label = name.replace("_", " ")
    hidden = () if clean.isprintable() else sorted({f"U+{ord(char):04X}" for char in clean if _hidden(char)})
    if hidden:
        raise InvalidInput(f"the {label} holds control characters ({', '.join(hidden[:3])})", remedy="write plain text")
    if len(clean) > MAX_CHARACTERS:
        raise InvalidInput(f"the {label} is longer than {MAX_CHARACTERS} characters", remedy="attach it as a document")
    if name == REAL_NAME and clean:
        return clean  # a name may be as short as it is
    signs = [char for char in clean.casefold() if char.isalnum()]
    # One ideograph says as much as a syllable or two.
    weight = len(signs) + (0 if clean.isascii() else sum(ord(char) >= 0x2E80 for char in signs))
    if weight < _MEANINGFUL or len(set(signs)) < 2:
        raise InvalidInput(
            f"the {label} says nothing: {clean!r}" if clean else f"the {label} is empty",
            remedy="say why in a sentence; it is what an auditor will read",
        )
    return clean


def presentable(text: str, most: int) -> str:
    """A sentence with anybody's words in it, as the ledger takes it and a terminal may show it; cut where too long."""
    if len(text) <= most and text.isascii() and text.isprintable():
        return text  # as most are
    clean = unicodedata.normalize("NFC", text)
    if not clean.isprintable():
        clean = "".join(char if char.isprintable() else " " for char in clean)
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def _hidden(char: str) -> bool:
    # Cc: control; Cf: invisible formatting, such as the overrides that reverse a line; Cs: half a surrogate pair.
    return char not in "\n\t\u200d" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
