"""What stands against the candidate, and every refusal of it: of this release and of its relatives, with its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflow.lineage import ancestry, objections
from workflow.process import Exposure
from workflow.release import ReleaseState
from workflow.released import stands_against
from workflow.report.gathering.said import attempts_on, words_on
from workflow.report.gathering.scene import Scene
from workflow.report.views import DissentView, Ending
from workflow.signoff import SignOff
from workflow.views import AgainstView


def against(scene: Scene, asked: Exposure) -> tuple[AgainstView, ...]:
    """What stands against the candidate's being out as far as is asked, as whoever verifies what is deployed is told.

    It is taken of the entries as they are, whatever has become of the keys since: what speaks against counts anyway.
    """
    kin = scene.folder.kin(scene.reader, scene.recorded)
    return stands_against(scene.recorded, kin, objections(scene.recorded, kin), asked)


@dataclass(frozen=True, slots=True)
class End:
    """What became of a refusal, by which entry and by whose words."""

    fate: Ending
    entry: int | None = None
    by: tuple[str, ...] = ()


def end_of(item: SignOff, present: str, *, standing: bool) -> End:
    """What became of a refusal, as for the present candidate."""
    if standing:
        return End("stands")
    last = next((closing for closing in reversed(item.closings) if present in closing.candidates), None)
    if last is None:
        return End("other files")
    by = tuple(dict.fromkeys(act.person for act in last.rests_on))
    return End("taken back" if set(by) <= {item.act.person} else "answered", last.entry, by)


def dissent(scene: Scene) -> tuple[DissentView, ...]:
    """Every refusal of this release, and those of its relatives that were made of what the candidate comes from."""
    return (*_refusals(scene, scene.release), *_of_relatives(scene))


def _of_relatives(scene: Scene) -> Iterator[DissentView]:
    releases = (scene.release, *scene.world.kin)
    line = {candidate.digest for candidate in ancestry(scene.release.candidate, releases)}
    for other in scene.world.kin:
        yield from (view for view in _refusals(scene, other) if view.candidate in line)


def _refusals(scene: Scene, release: ReleaseState) -> Iterator[DissentView]:
    standing = {(item.release, item.id) for item in objections(scene.release, scene.world.kin).rejects}
    for item in release.sign_offs:
        if item.decision != "reject":
            continue
        stands = (release.slug, item.id) in standing
        end = end_of(item, scene.release.candidate.digest, standing=stands)
        yield DissentView(
            id=item.id if release.slug == scene.slug else f"{release.slug}/{item.id}",
            by=item.act.person,
            role=item.act.role,
            authority=item.authority,
            trigger=item.transition,
            exposure=item.exposure,
            entry=item.act.entry,
            at=item.act.at,
            key=item.act.key,
            candidate=item.act.candidate,
            text=scene.words(item.reason),
            standing=stands,
            fate=end.fate,
            ended=end.entry,
            ended_by=end.by,
            words=words_on(scene, release.slug, item.id),
            attempts=attempts_on(scene, release.slug, item.id),
        )
