"""One member of a zip archive, decompressed within a bound.

Inspect compresses with Zstandard (method 93 of the zip format), which ``zipfile`` reads only from Python 3.14 on. The
central directory is read by ``zipfile``; the member is decompressed here, the same way for every method, so that a
declared size is a promise that is held and never a hint.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from io import BytesIO

from workflow.errors import InvalidInput, WorkflowError

MAGIC = b"PK\x03\x04"

_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93  # APPNOTE.TXT 4.4.5

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # APPNOTE.TXT 4.3.7
_ENCRYPTED = 0x1
_AGAIN = "copy the file again from where it was made, and check its size"


class Archive:
    """A zip archive in memory.

    Raises:
        InvalidInput: its directory is missing, cut off or makes no sense.
    """

    def __init__(self, data: bytes, filename: str) -> None:
        self._data = data
        self._filename = filename
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                self._members = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
            raise self._damaged(f"its zip directory cannot be read ({error})") from error

    def __contains__(self, name: str) -> bool:
        return any(member.filename == name for member in self._members)

    def read(self, name: str, *, limit: int) -> bytes:
        """The bytes of one member, at most ``limit`` of them.

        Raises:
            InvalidInput: the member is not there exactly once, is encrypted, too large, compressed in an unknown way
                or damaged.
            WorkflowError: it is compressed with Zstandard and nothing that reads it is installed.
        """
        found = [member for member in self._members if member.filename == name]
        if len(found) != 1:
            raise self._damaged(f"{name} stands {len(found)} times in it, not once")
        member = found[0]
        if member.flag_bits & _ENCRYPTED:
            raise InvalidInput(f"{self._filename}: {name} is encrypted", remedy="attach the log as its tool wrote it")
        if member.file_size > limit:
            raise InvalidInput(
                f"{self._filename}: {name} says it unpacks to {member.file_size} bytes; at most {limit} are read",
                remedy="attach the log of a single task, without what was added to its metadata",
            )
        data = self._unpack(member, self._packed(member))
        if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
            raise self._damaged(f"{name} does not unpack to the size and checksum that its directory states")
        return data

    def _packed(self, member: zipfile.ZipInfo) -> bytes:
        start = member.header_offset
        header = self._data[start : start + _LOCAL_HEADER.size] if start >= 0 else b""
        if len(header) < _LOCAL_HEADER.size or not header.startswith(MAGIC):
            raise self._damaged(f"{member.filename} is not where its directory says")
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start += _LOCAL_HEADER.size
        if self._data[start : start + name_length] != member.orig_filename.encode("utf-8", "replace"):
            raise self._damaged(f"{member.filename} has another name in its own header than in the directory")
        start += name_length + extra_length
        packed = self._data[start : start + member.compress_size]
        if len(packed) != member.compress_size:
            raise self._damaged(f"{member.filename} is cut off")
        return packed

    def _unpack(self, member: zipfile.ZipInfo, packed: bytes) -> bytes:
        # One byte more than declared is enough to notice a member that unpacks to more, and all that is ever unpacked.
        bound = member.file_size + 1
        try:
            if member.compress_type == _STORED:
                return packed
            if member.compress_type == _DEFLATED:
                inflater = zlib.decompressobj(-zlib.MAX_WBITS)
                data, ended, rest = inflater.decompress(packed, bound), inflater.eof, inflater.unused_data
            elif member.compress_type == _ZSTANDARD:
                data, ended, rest = _unpack_zstandard(packed, bound)
            else:
                raise InvalidInput(
                    f"{self._filename}: {member.filename} is compressed with zip method {member.compress_type}",
                    remedy="attach the log as its tool wrote it: stored, deflated or with Zstandard",
                )
        except (zlib.error, ValueError) as error:
            raise self._damaged(f"{member.filename} does not unpack ({error})") from error
        if not ended or rest:
            raise self._damaged(f"{member.filename} does not end where its directory says")
        return data

    def _damaged(self, why: str) -> InvalidInput:
        return InvalidInput(f"{self._filename} is damaged: {why}", remedy=_AGAIN)


def _unpack_zstandard(packed: bytes, bound: int) -> tuple[bytes, bool, bytes]:
    # Inspect ends a frame every 200 MiB, so that what is small enough to be read here is always one frame.
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise WorkflowError(
            "this log is compressed with Zstandard, and nothing that reads it is installed",
            remedy="pip install 'holdfast[inspect]'",
        ) from None
    decompressor = zstd.ZstdDecompressor()
    try:
        data = decompressor.decompress(packed, bound)
    except zstd.ZstdError as error:
        raise ValueError(error) from error
    return data, decompressor.eof, decompressor.unused_data
