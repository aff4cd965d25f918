"""What one piece of evidence says, in the few facts that a rule can read.

A report goes into the ledger, which has no floats: ``model_dump(mode="json")`` writes every decimal as a text, and
``model_validate`` reads it back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput, misfit

Status = Literal["conclusive", "errored", "cancelled", "invalidated", "incomplete"]

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")


def number(value: object) -> Decimal:
    """The exact decimal that a text such as ``0.25`` stands for.

    Raises:
        ValueError: it is a float, which has already lost what was written, or no finite decimal of sensible size.
    """
    if not isinstance(value, str | Decimal):
        raise ValueError('write the number as a text such as "0.25"')
    if not _NUMBER.fullmatch(str(value)):
        raise ValueError(f"{str(value)[:40]!r} is not a decimal number")
    return Decimal(value)


def _plain(text: str) -> str:
    # These words come out of other people's files and go to terminals and into the ledger, which takes only NFC.
    if not text.isprintable() or not unicodedata.is_normalized("NFC", text):
        raise ValueError("must be printable text in Unicode NFC")
    return text


def _moment(text: str) -> str:
    parse_timestamp(text)
    return text


Number = Annotated[Decimal, BeforeValidator(number)]
Label = Annotated[str, StringConstraints(max_length=256), AfterValidator(_plain)]
Name = Annotated[Label, StringConstraints(min_length=1)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Model(BaseModel):
    """A value of this package: it never changes and takes no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metric(Model):
    """One number that an evaluation reports, as it was written. ``value`` is None where it is no usable number.

    ``stderr`` is the standard error of ``value``; None where the report has none that belongs to it.
    """

    name: Name
    value: Number | None
    stderr: Number | None
    scorer: Label


class EvidenceReport(Model):
    """What a reader found. Only a ``conclusive`` report counts; ``detail`` says why another one does not.

    ``name`` is the task's name, ``samples`` the number of different samples that were completed, ``candidate`` the
    manifest digest that the report itself states, ``run`` the tool's own id of the run.
    """

    reader: Name
    kind: Name
    name: Name
    status: Status
    detail: Label = ""
    metrics: tuple[Metric, ...] = ()
    samples: Annotated[int, Field(ge=0)] = 0
    completed_at: Annotated[str, AfterValidator(_moment)] | None = None
    candidate: Digest | None = None
    run: Label = ""
    tool: Label = ""
    model: Label = ""

    @property
    def conclusive(self) -> bool:
        """Whether the report counts at all."""
        return self.status == "conclusive"


@contextmanager
def checked(subject: str, *, remedy: str) -> Iterator[None]:
    """Turns the first thing that a model does not accept into the error that a person sees.

    Raises:
        InvalidInput: a model built inside refused what it was given.
    """
    try:
        yield
    except ValidationError as error:
        raise InvalidInput(f"{subject}: {misfit(dict(error.errors()[0]))}", remedy=remedy) from None
