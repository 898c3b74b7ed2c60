import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.provider.errors import SandboxProtocolError
from chainfaas.provider.sandbox.attach_stream import AttachStream


@given(st.lists(st.binary(max_size=50), max_size=6), st.data())
def test_feed__pieces_of_any_size__give_what_the_container_wrote(
    written: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(struct.pack(">BxxxI", 1, len(content)) + content for content in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    attached = AttachStream()
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert b"".join(content for piece in pieces for content in attached.feed(piece)) == b"".join(written)


def test_feed__a_stream_that_there_is_not__refused() -> None:
    with pytest.raises(SandboxProtocolError):
        list(AttachStream().feed(b"HTTP/1.1 200 OK"))
