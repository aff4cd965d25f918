"""Evidence: what a report says of a candidate, and whether that is within a bound. Reads files, decides no gate.

The reader of files stands apart, in :mod:`workflow.evidence.read`: it knows what every kind of them looks like, and who
only judges what was read needs none of it.
"""

from workflow.evidence.bound import Bound, Confidence, Judgement, Outcome, judge, worst
from workflow.evidence.foreign import CANDIDATE_KEY
from workflow.evidence.report import EvidenceReport, Metric, Status

__all__ = [
    "CANDIDATE_KEY",
    "Bound",
    "Confidence",
    "EvidenceReport",
    "Judgement",
    "Metric",
    "Outcome",
    "Status",
    "judge",
    "worst",
]
