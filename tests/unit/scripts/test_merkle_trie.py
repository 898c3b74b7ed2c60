import rlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from chainfaas.domain.identifiers import Address
from examples.scripts.audit.block_proof import may_hold_logs_of
from examples.scripts.audit.merkle_trie import encode, ordered_root

nested = st.recursive(st.binary(max_size=80), lambda below: st.lists(below, max_size=20), max_leaves=60)


@given(nested)
def test_encode__any_value__as_the_reference_library(value: object) -> None:
    assert encode(value) == rlp.encode(value)  # type: ignore[arg-type]


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=300))
def test_ordered_root__any_values__as_the_reference_library(values: list[bytes]) -> None:
    reference = HexaryTrie({})
    for place, value in enumerate(values):
        reference[rlp.encode(place)] = value
    assert ordered_root(values) == reference.root_hash


def test_may_hold_logs_of__all_bits_clear_or_set__no_or_yes() -> None:
    contracts = [Address(bytes([number]) * 20) for number in range(5)]
    assert not may_hold_logs_of(bytes(256), contracts)
    assert may_hold_logs_of(b"\xff" * 256, contracts)
    assert not may_hold_logs_of(b"\xff" * 256, [])
