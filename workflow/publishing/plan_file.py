"""The file that ``plan`` writes and ``apply`` reads: a copy of the permit that stands in the ledger, for a person.

It grants nothing by itself. What is applied is the permit as the ledger has it, and a file that says anything else is
refused; so the file tells whoever holds it exactly what they are about to do, and which ledger they do it in.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from workflow import ledger
from workflow.errors import InvalidInput, LedgerError
from workflow.facts import Destination, Identifier, Moment, Slug
from workflow.files import read_file
from workflow.ledger import is_word
from workflow.process import Digest, Handle, Model, Name, PublisherName

FORMAT = 1
KIND = "holdfast-plan"
MAX_BYTES = 65_535
_MAKE = "make a new one: holdfast plan RELEASE TRIGGER --to DESTINATION -o FILE"


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError("must be 1 to 255 printable ASCII characters without blanks")
    return text


class PlanFile(Model):
    """One permit: what leaves, by which move of which release, to where, by whom and until when."""

    origin: Annotated[str, AfterValidator(_word)]
    release: Slug
    permit: Identifier
    entry: int = Field(ge=1)
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    person: Handle
    transition: Name
    source: Name = Field(alias="from")
    dest: Name = Field(alias="to")
    round: int = Field(ge=1)
    basis: Digest
    candidate: Digest
    process: Digest
    roster_version: int = Field(ge=0)
    publisher: PublisherName
    destination: Destination
    files: int = Field(ge=1)
    size: int = Field(ge=0)
    expires: Moment

    model_config = ConfigDict(populate_by_name=True)

    def to_bytes(self) -> bytes:
        """The canonical bytes of the file."""
        return ledger.encode({"format": FORMAT, "kind": KIND, **self.model_dump(mode="json", by_alias=True)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Reads the file, strictly: what is returned has exactly these bytes.

        Raises:
            InvalidInput: it is too long, not canonical, of another kind or version, or has other fields.
        """
        if len(data) > MAX_BYTES:
            raise InvalidInput(f"this is no plan: it is larger than {MAX_BYTES:,} bytes", remedy=_MAKE)
        try:
            value: Any = ledger.decode(data)
        except LedgerError:
            raise InvalidInput(
                "this is no plan, or it was changed since `holdfast plan` wrote it: nothing can be read from it",
                remedy=_MAKE,
            ) from None
        if not isinstance(value, dict) or value.pop("kind", None) != KIND:
            raise InvalidInput("this is no plan: it is something else", remedy=_MAKE)
        version = value.pop("format", None)
        if type(version) is not int or version != FORMAT:
            raise InvalidInput(f"plan format {version!r} is unknown here", remedy="use a newer Holdfast")
        try:
            plan = cls.model_validate(value)
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(str(part) for part in problem["loc"]) or "its form"
            raise InvalidInput(f"this is no plan: {place[:120]}: {problem['msg'][:200]}", remedy=_MAKE) from None
        if plan.to_bytes() != data:
            raise InvalidInput("this is no plan: it is not written as one is", remedy=_MAKE)
        return plan


def read_plan(path: str) -> PlanFile:
    """The plan that a file holds.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no file, cannot be read, or holds anything else than a plan's exact bytes.
    """
    try:
        return PlanFile.from_bytes(read_file(path, limit=MAX_BYTES, remedy=_MAKE))
    except InvalidInput as error:
        raise InvalidInput(f"{path!r}: {error.message}", remedy=error.remedy) from error
