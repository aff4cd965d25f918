"""What is nearly good: bytes and JSON with something in them that does not belong there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

ODD_JSON: list[Any] = [True, 1, 0, -1, 2**53, 1.5, "", "a", "\ud800", "a\u0301", None, [], {}, [[]], {"blob": "x"}]
anything = st.recursive(
    st.sampled_from(ODD_JSON) | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
)


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Something good, with pieces of it overwritten, taken out, put in, doubled or taken from elsewhere."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.sampled_from([0, 1, 1, 2, 4, 4, 9, 100]))
        other = draw(st.sampled_from(seeds))
        start = draw(st.integers(0, len(other)))
        overwritten, pasted = st.binary(min_size=size, max_size=size), st.just(other[start : start + size])
        put = draw(overwritten | st.binary(max_size=9) | st.just(data[at : at + size] * 2) | pasted)
        data = data[:at] + put + data[at + size :]
    return data


@st.composite
def with_another_value(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Something good in which one value, at any depth, is another, or its name is another or twice there."""
    value = json.loads(draw(st.sampled_from(seeds)))
    holder = value
    while True:
        keys = list(holder if isinstance(holder, dict) else range(len(holder)))
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        inner = holder[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            holder = inner
            continue
        holder[key] = draw(anything)
        if isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(st.text(max_size=5))] = holder.pop(key)
        break
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written.encode("utf-8", "surrogatepass")
