"""SSH's wire encoding (RFC 4251, section 5), read so strictly that every value has one spelling."""

from __future__ import annotations

import binascii

from workflow.errors import SignatureInvalid


def string(data: bytes) -> bytes:
    """The bytes as a ``string``: their length in four bytes, then themselves."""
    return len(data).to_bytes(4, "big") + data


def unbase64(text: bytes, what: str) -> bytes:
    """The bytes that the base64 text stands for.

    Raises:
        SignatureInvalid: it is not base64, or not the one spelling of its bytes.
    """
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error as error:
        raise malformed(f"{what} is not whole in base64") from error
    # The library passes over characters that are not base64, what follows the padding, and bits that no byte takes up.
    if binascii.b2a_base64(data, newline=False) != text:
        raise malformed(f"{what} is not in the one base64 spelling of its bytes")
    return data


class Reader:
    """Takes values off the front of some bytes; ``what`` names these bytes in the messages."""

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes.

        Raises:
            SignatureInvalid: there are fewer left.
        """
        end = self._at + count
        if end > len(self._data):
            raise malformed(f"{self._what} ends in the middle of a field")
        start, self._at = self._at, end
        return self._data[start:end]

    def uint32(self) -> int:
        """The next four bytes, as an integer."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """The next ``string``."""
        # Written out rather than made of the two above: this is most of what reading a signature costs.
        start = self._at + 4
        end = start + int.from_bytes(self._data[self._at : start], "big")
        if end > len(self._data):
            raise malformed(f"{self._what} ends in the middle of a field")
        self._at = end
        return self._data[start:end]

    def positive(self) -> int:
        """The next ``mpint``, which must be above zero and without a needless leading byte."""
        data = self.string()
        if not data:
            raise malformed(f"{self._what} holds a zero where a positive number belongs")
        if data[0] >= 0x80:
            raise malformed(f"{self._what} holds a negative number")
        if data[0] == 0 and (len(data) == 1 or data[1] < 0x80):
            raise malformed(f"{self._what} holds a number with a needless leading zero")
        return int.from_bytes(data, "big")

    def end(self) -> None:
        """Nothing, when nothing is left.

        Raises:
            SignatureInvalid: bytes follow the last field.
        """
        left = len(self._data) - self._at
        if left:
            raise malformed(f"{self._what} is followed by {left} bytes that belong to nothing")


def malformed(message: str) -> SignatureInvalid:
    """The error for bytes that do not have their form."""
    return SignatureInvalid(
        message, reason="malformed", remedy="take the file exactly as ssh-keygen wrote it, without any change"
    )
