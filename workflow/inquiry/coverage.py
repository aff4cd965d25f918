"""Which of some published digests went through here, and which never did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from workflow.artifact import Manifest
from workflow.asked import slug_of
from workflow.errors import InvalidInput, LedgerError
from workflow.events import CandidateReplaced, ExposureAborted, ExposureBegun, ReleaseStarted, TransitionMade
from workflow.exhibits import manifest_of
from workflow.folding import ReadEntry
from workflow.inquiry.walk import of_types, told
from workflow.ledger import is_digest
from workflow.process import WITHDRAWN, Exposure
from workflow.storage.base import Reader
from workflow.views.inquiry import Coverage, CoverageLine, CoveragePlace

MAX_BYTES = 64 * 1024 * 1024
MAX_DIGESTS = 1_000_000

_LINE = re.compile(r"\\?([0-9a-fA-F]{64})(?:[ \t]+\*?(.*))?")
_TAGGED = re.compile(r"\\?SHA256 \((.*)\) = ([0-9a-fA-F]{64})")
_REMEDY = "one SHA-256 a line, as sha256sum writes it, or a JSON object of names and digests"


@dataclass(frozen=True, slots=True)
class Published:
    """A digest that was published, and what whoever listed it calls it."""

    digest: str
    name: str | None


def read_list(data: bytes) -> tuple[Published, ...]:
    """The digests of a list: of a file that ``sha256sum`` wrote, of bare digests, or of a JSON object by name.

    Raises:
        InvalidInput: a line is none of these, or there is no digest at all: nothing listed is nothing covered.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"a list has at most {MAX_BYTES:,} bytes", remedy="ask in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the list is no text: {error.reason}", remedy=_REMEDY) from None
    found = tuple(_of_json(text) if text.lstrip().startswith("{") else _of_lines(text))
    if not found:
        raise InvalidInput("the list has no digest in it", remedy=_REMEDY)
    if len(found) > MAX_DIGESTS:
        raise InvalidInput(f"a list has at most {MAX_DIGESTS:,} digests", remedy="ask in parts")
    return found


def _of_lines(text: str) -> Iterator[Published]:
    for number, row in enumerate(text.splitlines(), 1):
        line = row.strip()
        if not line or line.startswith("#"):
            continue
        tagged = _TAGGED.fullmatch(line)
        plain = _LINE.fullmatch(line)
        if tagged:
            yield Published(tagged[2].lower(), tagged[1])
        elif plain:
            yield Published(plain[1].lower(), plain[2] or None)
        else:
            raise InvalidInput(f"line {number} of the list has no digest: {line[:80]!r}", remedy=_REMEDY)


def _of_json(text: str) -> Iterator[Published]:
    try:
        pairs = json.loads(text, object_pairs_hook=lambda found: found)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the list is no JSON: {str(error)[:80]}", remedy=_REMEDY) from None
    for name, digest in pairs:
        if not isinstance(digest, str) or not is_digest(digest.lower()):
            raise InvalidInput(f"{name[:80]!r} has no SHA-256 in the list", remedy=_REMEDY)
        yield Published(digest.lower(), name)


def coverage(reader: Reader, published: Iterable[Published], exposure: Exposure, entries: int) -> Coverage:
    """What is known of published digests: of manifests and of files, whatever they bear.

    Args:
        reader: the ledger.
        published: the digests.
        exposure: how far what is published must have got.
        entries: how long the ledger is.

    Raises:
        LedgerError: a manifest that a release names is missing or was altered, so that nobody can tell what was in it.
    """
    listed = tuple(published)
    places: dict[str, list[CoveragePlace]] = {item.digest: [] for item in listed}
    for slug, course in sorted(_courses(reader).items()):
        for place, manifest in _candidates(reader, slug, course):
            _look(place, manifest, places)
    lines = tuple(_line(item, places[item.digest], exposure) for item in listed)
    answers = [line.answer for line in lines]
    return Coverage(
        exposure=exposure,
        entries=entries,
        released=answers.count("released"),
        known=answers.count("known"),
        unknown=answers.count("unknown"),
        lines=lines,
    )


def _look(place: CoveragePlace, manifest: Manifest, places: dict[str, list[CoveragePlace]]) -> None:
    if place.candidate in places:
        places[place.candidate].append(place)
    for file in manifest.files:
        if file.sha256 in places:
            places[file.sha256].append(place.model_copy(update={"component": file.component, "path": file.path}))


def _line(item: Published, places: list[CoveragePlace], exposure: Exposure) -> CoverageLine:
    reached = any(place.exposed.rank >= exposure.rank for place in places)
    answer = "released" if reached else "known" if places else "unknown"
    # What got furthest stands first.
    found = sorted(places, key=lambda place: (-place.exposed.rank, place.entry))
    return CoverageLine(digest=item.digest, name=item.name, answer=answer, places=tuple(found))


@dataclass(slots=True)
class _Had:
    """A candidate that a release has or had, the entry that brought it, and the exposures of the moves it made.

    With each move stands the permit that it used up, where it published something by one.
    """

    entry: int
    moves: list[tuple[Exposure, str | None]] = field(default_factory=list)

    def exposed(self, aborted: set[str]) -> Exposure:
        """How far it got; of what was ``aborted`` it is proven that no byte left."""
        reached = (exposure for exposure, permit in self.moves if permit not in aborted)
        return max(reached, key=lambda exposure: exposure.rank, default=Exposure.INTERNAL)


@dataclass(slots=True)
class _Course:
    """What became of a release: its candidates by their digests, the present one last brought, and where it is."""

    had: dict[str, _Had] = field(default_factory=dict)
    present: str = ""
    aborted: set[str] = field(default_factory=set)
    stage: str = ""

    def take(self, read: ReadEntry) -> None:
        """Takes one entry in."""
        begun = next((event.subject for event in read.events if isinstance(event, ExposureBegun)), None)
        for event in read.events:
            match event:
                case ReleaseStarted() | CandidateReplaced():
                    self.present = event.candidate.digest
                    self.had.setdefault(self.present, _Had(read.entry.seq))
                case TransitionMade():
                    self.stage = event.dest
                    self.had[self.present].moves.append((event.exposure, begun))
                case ExposureAborted():
                    self.stage = event.stage
                    self.aborted.add(event.subject)


def _courses(reader: Reader) -> dict[str, _Course]:
    """What became of every release, from one walk over the entries."""
    courses: dict[str, _Course] = {}
    kinds = ("release_started", "candidate_replaced", "transition_made", "exposure_aborted")
    for read in of_types(told(reader), *kinds):
        if slug := slug_of(read.entry.stream):
            courses.setdefault(slug, _Course()).take(read)
    return courses


def _candidates(reader: Reader, slug: str, course: _Course) -> Iterator[tuple[CoveragePlace, Manifest]]:
    """Each candidate of a release with its files, and how far that one got: a try that was replaced got nowhere."""
    for candidate, known in course.had.items():
        manifest = manifest_of(reader.blob, candidate)
        if manifest is None:
            raise LedgerError(
                f"the manifest {candidate[:12]} of {slug} is missing or was altered, so nobody can tell what was in it",
                remedy="holdfast audit verify says which entry names it; restore it from a backup",
            )
        place = CoveragePlace(
            release=slug,
            entry=known.entry,
            candidate=candidate,
            component=None,
            path=None,
            exposed=known.exposed(course.aborted),
            withdrawn=course.stage == WITHDRAWN,
        )
        yield place, manifest
