"""The candidate: the exact files of a model, as named components, by one manifest digest."""

from workflow.artifact.hashing import build_manifest, verify
from workflow.artifact.journal import Journal
from workflow.artifact.keeping import check_destination, check_outside, lies_within, read_manifest, write_manifest
from workflow.artifact.manifest import Change, Difference, Manifest, ManifestFile, compare
from workflow.artifact.model_signing import Coverage, SignedModel, coverage, root_digest
from workflow.artifact.progress import Meter, Progress
from workflow.artifact.taking import CandidateFiles, has_one_tree, layout

__all__ = [
    "CandidateFiles",
    "Change",
    "Coverage",
    "Difference",
    "Journal",
    "Manifest",
    "ManifestFile",
    "Meter",
    "Progress",
    "SignedModel",
    "build_manifest",
    "check_destination",
    "check_outside",
    "compare",
    "coverage",
    "has_one_tree",
    "layout",
    "lies_within",
    "read_manifest",
    "root_digest",
    "verify",
    "write_manifest",
]
