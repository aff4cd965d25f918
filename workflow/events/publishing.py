"""What becomes of bytes that leave: the permit, the moment at which it was used, and what came of that."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import Binding, Destination, Identifier, Reference
from workflow.process import Digest, Exposure, Name, PublisherName


class PlanMade(Event):
    """Somebody is permitted to publish what it names, once and until its end, to exactly this destination."""

    type: Literal["plan_made"] = "plan_made"
    id: Identifier
    publisher: PublisherName
    destination: Destination
    exposure: Exposure
    binding: Binding


class ExposureBegun(Event):
    """The move beside this lets bytes out: from here on they count as out, until it is proven that none left.

    ``subject`` is the permit that is used up, ``reference`` finds the private copy again. ``exposed`` is how far the
    release had been out before.
    """

    type: Literal["exposure_begun"] = "exposure_begun"
    subject: Identifier
    publisher: PublisherName
    destination: Destination
    manifest: Digest
    reference: Reference
    exposed: Exposure


class ExposureConfirmed(Event):
    """The receipt: these files were read back from the destination."""

    type: Literal["exposure_confirmed"] = "exposure_confirmed"
    subject: Identifier
    destination: Destination
    manifest: Digest
    files: Annotated[int, Field(ge=1)]
    size: Annotated[int, Field(ge=0)]


class ExposureAborted(Event):
    """It is proven that no byte left. The release is in ``stage`` from here on, and was out up to ``exposed``."""

    type: Literal["exposure_aborted"] = "exposure_aborted"
    subject: Identifier
    stage: Name
    exposed: Exposure


class ExposureReconciled(Event):
    """A person looked at what nobody could prove, and answers for what they found. It lowers no exposure."""

    type: Literal["exposure_reconciled"] = "exposure_reconciled"
    subject: Identifier
    verdict: Literal["published", "not_published"]
    binding: Binding
