"""What is shown of a permit to publish, and of what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Model


class PublicationView(Model):
    """A permit to publish, and what came of it. Where it has ``begun`` and not ended, it counts as out.

    ``state`` is ``planned``, ``begun`` (nobody knows what came of it), ``confirmed`` (it was read back), ``aborted``
    (it is proven that no byte left), or what a person found: ``published`` or ``not_published``. ``usable`` is whether
    the permit could be applied now, as far as the permit goes; ``stale`` is why one that was not used, and whose time
    has not come, is good for nothing any more; ``begun`` and ``ended`` are entries.
    """

    permit: str
    trigger: str
    publisher: str
    destination: str
    candidate: str
    by: str
    entry: int
    expires: datetime
    usable: bool
    state: Literal["planned", "begun", "confirmed", "aborted", "published", "not_published"]
    begun: int | None
    ended: int | None
    ended_by: str | None
    stale: tuple[str, ...] = ()
