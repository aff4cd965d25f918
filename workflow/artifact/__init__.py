"""The candidate: the exact files of a model, as named components, by one manifest digest."""

from workflow.artifact.hashing import build_manifest, verify
from workflow.artifact.journal import Journal
from workflow.artifact.keeping import check_destination, check_outside, lies_within, read_manifest, write_manifest
from workflow.artifact.manifest import Change, Difference, Manifest, ManifestFile, compare
from workflow.artifact.model_signing import Coverage, SignedModel, coverage, root_digest
from workflow.artifact.progress import Progress

__all__ = [
    "Change",
    "Coverage",
    "Difference",
    "Journal",
    "Manifest",
    "ManifestFile",
    "Progress",
    "SignedModel",
    "build_manifest",
    "check_destination",
    "check_outside",
    "compare",
    "coverage",
    "lies_within",
    "read_manifest",
    "root_digest",
    "verify",
    "write_manifest",
]
