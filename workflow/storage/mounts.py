"""Whether a path lies on a network file system, where that can be told: on Linux, from the kernel's table of mounts."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

# fmt: off
_NETWORK = frozenset({
    "9p", "afs", "afp", "beegfs", "ceph", "cifs", "davfs", "gfs2", "glusterfs", "gpfs",
    "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
    "fuse.ceph", "fuse.davfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.smbnetfs", "fuse.sshfs",
})
# fmt: on
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path) -> str | None:
    """The type of the network file system that an absolute path lies on, or None for a local or an unknown one.

    The form of the table: proc(5), ``/proc/pid/mountinfo``.
    """
    try:
        table = MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    found: tuple[int, str] = (0, "")
    for line in table.splitlines():
        mount, separator, source = line.partition(" - ")
        fields = mount.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        # Of mounts on one point the last covers the others, hence "at least as deep" and not "deeper".
        if path.is_relative_to(point) and len(point.parts) >= found[0]:
            found = (len(point.parts), source.split(" ")[0])
    return found[1] if found[1] in _NETWORK else None
