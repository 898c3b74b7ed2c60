from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import (
    CONTRACT_NAMES,
    LEDGER,
    SCHEMA,
    DeployedContract,
    Deployments,
    abi_hash,
    deployments_path,
    load_deployments,
    parse_deployments,
    read_deployments,
    windows_of_parameters,
    write_deployments,
)
from chainfaas.chain.errors import DeploymentsFileError, NotDeployedError
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import MAX_CHAIN_ID, Address, ChainId
from chainfaas.domain.windows import DEFAULT_WINDOWS, DEV_WINDOWS

bytes32s = st.binary(min_size=32, max_size=32).map(Bytes32)
contracts = st.builds(
    DeployedContract,
    address=st.binary(min_size=20, max_size=20).map(Address),
    block=st.integers(1, 2**53 - 1),
    transaction_hash=bytes32s,
    code_hash=bytes32s,
    abi_hash=bytes32s,
)
deployments = st.builds(
    Deployments,
    chain_id=st.integers(1, MAX_CHAIN_ID).map(ChainId),
    genesis_hash=bytes32s,
    windows=st.sampled_from([DEFAULT_WINDOWS, DEV_WINDOWS]),
    is_dev=st.booleans(),
    compiler_version=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    contracts=st.fixed_dictionaries(dict.fromkeys(CONTRACT_NAMES, contracts)),
)

SAMPLE = Deployments(
    chain_id=ChainId(2**40),
    genesis_hash=Bytes32(b"\x01" * 32),
    windows=DEV_WINDOWS,
    is_dev=True,
    compiler_version="0.8.37+commit.f401782d",
    contracts={
        name: DeployedContract(
            Address(bytes((number,)) * 20), number, *(Bytes32(bytes((number,)) * 32) for _ in range(3))
        )
        for number, name in enumerate(CONTRACT_NAMES, start=3)
    },
)


def raw(document: Any) -> bytes:  # noqa: ANN401 - some are no objects, on purpose
    return json.dumps(document).encode()


@given(deployments)
def test_parse_deployments__what_document_gave__same_value(written: Deployments) -> None:
    assert parse_deployments(raw(written.document())) == written


def changed(path: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(raw(SAMPLE.document()))
    *parents, last = path.split(".")
    inner = document
    for parent in parents:
        inner = inner[parent]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "chainfaas/deployments/2"),
        ("schema", None),
        ("chainId", "7"),
        ("chainId", 0),
        ("chainId", True),
        ("chainId", MAX_CHAIN_ID + 1),
        ("genesisHash", "0x12"),
        ("genesisHash", "0x" + "AB" * 32),
        ("dev", "yes"),
        ("dev", 1),
        ("parameters", []),
        ("parameters.L", 119),
        ("parameters.G", 16),  # more than an eighth of L
        ("parameters.W", 9),
        ("parameters.bps", 1_001),
        ("parameters.bps", "200"),
        ("parameters.V", 20),
        ("compiler", None),
        ("contracts.PeerRegistry", None),
        ("contracts.MonetaryLedger", {}),
        ("contracts.ChainFaaSToken.address", "0x" + "11" * 19),
        ("contracts.ChainFaaSToken.address", "0x52908400098527886E0F7030069857D2E4169Ee7"),
        ("contracts.ChainFaaSToken.block", 0),
        ("contracts.ChainFaaSToken.block", 1.5),
        ("contracts.ChainFaaSToken.codeHash", None),
        ("contracts.ChainFaaSToken.owner", "0x"),
    ],
)
def test_parse_deployments__one_member_wrong__refused_by_its_name(path: str, value: object) -> None:
    with pytest.raises(DeploymentsFileError) as refused:
        parse_deployments(raw(changed(path, value)))
    section = {"parameters.L": "job life", "parameters.G": "grace", "parameters.W": "claim window"}
    named = section.get(path, path.rsplit(".", maxsplit=1)[-1])
    known = (named, "chain id", "commission")
    assert any(word in refused.value.message for word in known), refused.value.message


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'{"a":1,"a":2}', b"\xff", b" " * 70_000 + b"{}", b"[" * 5_000]
)
def test_parse_deployments__no_such_object__refused(text: bytes) -> None:
    with pytest.raises(DeploymentsFileError):
        parse_deployments(text)


@given(st.binary(max_size=200))
def test_parse_deployments__any_bytes__only_our_error(text: bytes) -> None:
    with pytest.raises(DeploymentsFileError):
        parse_deployments(text)


def test_write_deployments__over_another__replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "7.json"
    write_deployments(path, SAMPLE)
    other = replace(SAMPLE, is_dev=False)
    write_deployments(path, other)
    assert read_deployments(path) == other
    assert [file.name for file in path.parent.iterdir()] == ["7.json"]


def test_load_deployments__none_there__says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NotDeployedError, match=r"5\.json"):
        load_deployments(StateFolder(tmp_path), 5)


def test_load_deployments__file_of_another_chain__refused(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    write_deployments(deployments_path(folder, 5), SAMPLE)
    with pytest.raises(DeploymentsFileError, match=str(SAMPLE.chain_id)):
        load_deployments(folder, 5)


def test_load_deployments__there__read(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    write_deployments(deployments_path(folder, SAMPLE.chain_id), SAMPLE)
    assert load_deployments(folder, SAMPLE.chain_id) == SAMPLE


@pytest.mark.parametrize("windows", [DEFAULT_WINDOWS, DEV_WINDOWS])
def test_windows_of_parameters__presets__open_age_follows(windows: Any) -> None:  # noqa: ANN401
    parameters = (windows.job_life_seconds, windows.grace_seconds, windows.claim_seconds)
    assert windows_of_parameters(*parameters, windows.commission_bps) == windows


def test_abi_hash__two_contracts__differ() -> None:
    assert len({abi_hash(load_artefact(name)) for name in CONTRACT_NAMES}) == len(CONTRACT_NAMES)


def test_deployments__derived_values__follow_from_the_contracts() -> None:
    assert SAMPLE.first_block == 3
    assert SAMPLE.signing_domain.ledger == SAMPLE.address(LEDGER)
    assert SAMPLE.document()["schema"] == SCHEMA
