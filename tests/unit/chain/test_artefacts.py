import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.artefacts import (
    ContractArtefact,
    ImmutableSlot,
    artefact_names,
    load_artefact,
    parse_artefact,
)
from chainfaas.chain.errors import ArtefactError

DEPLOYED = bytes(range(1, 21)) + bytes(8) + bytes(range(1, 21))


def content(**changes: object) -> str:
    return json.dumps(
        {
            "abi": [{"type": "constructor", "inputs": []}],
            "bytecode": "0x6001",
            "compiler": {"settings": {}, "version": "0.8.37+commit.f401782d"},
            "contractName": "Example",
            "deployedBytecode": "0x" + DEPLOYED.hex(),
            "immutableReferences": [{"start": 20, "length": 8}],
            "sourceHash": "00" * 32,
        }
        | changes
    )


def without(key: str) -> str:
    return json.dumps({name: value for name, value in json.loads(content()).items() if name != key})


def test_parse_artefact__whole_file__typed_value() -> None:
    assert parse_artefact(content()) == ContractArtefact(
        name="Example",
        abi=({"type": "constructor", "inputs": []},),
        bytecode=b"\x60\x01",
        deployed_bytecode=DEPLOYED,
        immutables=(ImmutableSlot(start_bytes=20, length_bytes=8),),
        compiler_version="0.8.37+commit.f401782d",
        source_hash="00" * 32,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        content(bytecode="6001"),
        content(bytecode="0x600"),
        content(bytecode="0xzz"),
        content(abi=None),
        content(immutableReferences=[{"start": 1}]),
        *map(without, json.loads(content())),
    ],
)
def test_parse_artefact__damaged__says_so(text: str) -> None:
    with pytest.raises(ArtefactError, match="damaged"):
        parse_artefact(text)


@given(st.binary(min_size=8, max_size=8))
def test_is_code_of__immutables_filled_in__true(immutable: bytes) -> None:
    assert parse_artefact(content()).is_code_of(DEPLOYED[:20] + immutable + DEPLOYED[28:])


@given(st.integers(0, len(DEPLOYED) - 1).filter(lambda at: not 20 <= at < 28), st.integers(1, 255))
def test_is_code_of__one_byte_of_code_differs__false(at: int, difference: int) -> None:
    code = bytearray(DEPLOYED)
    code[at] ^= difference
    assert not parse_artefact(content()).is_code_of(bytes(code))


@pytest.mark.parametrize("code", [b"", DEPLOYED[:-1], DEPLOYED + b"\x00"])
def test_is_code_of__other_length__false(code: bytes) -> None:
    assert not parse_artefact(content()).is_code_of(code)


def test_load_artefact__each_shipped_one__loads_under_its_name() -> None:
    names = artefact_names()
    assert names
    for name in names:
        artefact = load_artefact(name)
        assert artefact.name == name
        assert artefact.bytecode
        assert len(artefact.deployed_bytecode) <= 24_576, "EIP-170"


def test_load_artefact__unknown_name__lists_the_known_ones() -> None:
    with pytest.raises(ArtefactError, match=artefact_names()[0]):
        load_artefact("NoSuchContract")
