"""What is kept beside the entries and can be made again from them, compared with what they give."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, zip_longest

from workflow.audit.desk import FOLDED, KEY_BYTES, list_kept
from workflow.audit.findings import Findings
from workflow.audit.levels import Levels
from workflow.audit.scratch import Piles
from workflow.clock import timestamp
from workflow.ledger import Frontier, release_stream
from workflow.replay import Before
from workflow.storage.base import Listed, Reader, ReleaseRow

ROWS = 500
SAID_BYTES = 32
UNLISTED = (
    "the list, or the table of relatives or of objectors, says of {slug} what its entries do not say; "
    "holdfast db rebuild makes them anew"
)


def check_listed(reader: Reader, listed: Piles, broken: Mapping[str, str], findings: Findings) -> None:
    """Compares the list of releases, and the tables of relatives and objectors, with what the entries gave.

    Args:
        reader: the ledger.
        listed: has what the entries gave.
        broken: the streams that were not read whole, each with why.
        findings: take what is found.
    """
    with findings.damage("projection", "the list of releases cannot be compared with the entries"):
        last = ""
        while rows := reader.releases(last, ROWS):
            for row in rows:
                list_kept(listed, row.slug, _listed(reader, row))
            last = rows[-1].slug
        for slug in reader.related():
            if reader.release(slug) is None:
                list_kept(listed, slug, None)
        listed.flush()
        for number in range(listed.count):
            _check_pile(listed.read(number), broken, findings)


def listed_of(reader: Reader, slug: str) -> Listed | None:
    """What the projections have of a release, where it is on the list."""
    row = reader.release(slug)
    return _listed(reader, row) if row is not None else None


def _listed(reader: Reader, row: ReleaseRow) -> Listed:
    return Listed(row, frozenset(reader.kin_of(row.slug)), frozenset(reader.objectors(row.slug)))


def check_end(reader: Reader, levels: Levels, after: Before, lost: str, findings: Findings) -> None:
    """Compares the end of the ledger that is kept, and the nodes that are kept of its tree, with those of the entries.

    Args:
        reader: the ledger.
        levels: the tree over the entries.
        after: what the clock has read by the end.
        lost: why not every entry could be read; empty where they were.
        findings: take what is found.
    """
    with findings.damage("projection", "the end of the ledger cannot be compared with the entries"):
        stored = reader.head()
        if _check_root(stored.frontier, levels, findings) and not lost and (stored.mark, stored.peak) != _read(after):
            findings.problem("projection", "the clock's highest reading is not the one that the entries give")
        if lost:
            findings.not_looked_at("the clock's highest reading that is kept", lost)
    _check_nodes(reader, levels, findings)


def check_tree(reader: Reader, levels: Levels, findings: Findings) -> None:
    """Compares the end of the tree that is kept, and its nodes, with those of the entries."""
    with findings.damage("tree", "the end of the tree cannot be compared with the entries"):
        _check_root(reader.head().frontier, levels, findings)
    _check_nodes(reader, levels, findings)


def _check_root(have: Frontier, levels: Levels, findings: Findings) -> bool:
    tree = levels.frontier
    if have != tree:
        findings.problem(
            "tree",
            f"the tree kept has {have.size} entries and root {have.root().hex()[:12]}; the entries give "
            f"{tree.size} and {tree.root().hex()[:12]}",
        )
    return have == tree


def _check_nodes(reader: Reader, levels: Levels, findings: Findings) -> None:
    with findings.damage("projection", "the nodes of the tree cannot be compared with the entries"):
        if any(kept != made for kept, made in zip_longest(reader.spans(), levels.spans())):
            findings.problem("projection", "the nodes that are kept of the tree are not those of the entries")


def _read(after: Before) -> tuple[str | None, str | None]:
    return (timestamp(after.mark) if after.mark else None, timestamp(after.peak) if after.peak else None)


def _check_pile(records: list[bytes], broken: Mapping[str, str], findings: Findings) -> None:
    for _, group in groupby(records, key=lambda record: record[:KEY_BYTES]):
        said = [record[KEY_BYTES:] for record in group]
        slug = said[0][1 + SAID_BYTES :].decode(errors="surrogatepass")
        if (why := broken.get(release_stream(slug))) is not None:
            findings.not_looked_at(f"what the list says of {slug}, and its relatives", why)
        elif len(said) != 2 or said[0][:1] != FOLDED or said[0][1:] != said[1][1:]:
            findings.problem("projection", UNLISTED.format(slug=slug))
