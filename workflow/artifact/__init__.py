"""The candidate: the exact files of a model, as named components, by one manifest digest."""

from workflow.artifact.hashing import Progress, build_manifest, verify
from workflow.artifact.manifest import Change, Difference, Manifest, ManifestFile, compare

__all__ = [
    "Change",
    "Difference",
    "Manifest",
    "ManifestFile",
    "Progress",
    "build_manifest",
    "compare",
    "verify",
]
