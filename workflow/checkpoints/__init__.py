"""Checkpoints: what a ledger says of its tree with a key of its own, and what witnesses say of that.

Everything here works on files and texts, and knows no ledger: whose key counts, and which tree there is, it is told.
"""

from workflow.checkpoints.continuing import check_continues
from workflow.checkpoints.heads import Heads, Remembered
from workflow.checkpoints.keyfile import LogKey, check_free, check_name, make_key
from workflow.checkpoints.log import Log
from workflow.checkpoints.named import NamedKey
from workflow.checkpoints.requests import WitnessRequest
from workflow.checkpoints.vouching import Cosignature, Vouched, is_signed, read_checkpoint, vouch
from workflow.checkpoints.witness import Watched, Witness

__all__ = [
    "Cosignature",
    "Heads",
    "Log",
    "LogKey",
    "NamedKey",
    "Remembered",
    "Vouched",
    "Watched",
    "Witness",
    "WitnessRequest",
    "check_continues",
    "check_free",
    "check_name",
    "is_signed",
    "make_key",
    "read_checkpoint",
    "vouch",
]
