"""Where the contracts of a network are: the deployments file, its values and its places.

One JSON file a chain. Those of local networks are in their state folder, those of public networks come with
this package::

    {"schema": "chainfaas/deployments/1", "chainId": 4503599627370000, "genesisHash": "0x…", "dev": true,
     "parameters": {"L": 120, "G": 10, "W": 20, "bps": 200}, "compiler": "0.8.37+commit.f401782d",
     "contracts": {"MonitoringLedger": {"address": "0x…", "block": 7, "transactionHash": "0x…",
                                        "codeHash": "0x…", "abiHash": "0x…"}, …}}
"""

from __future__ import annotations

import importlib.resources
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chainfaas.chain.errors import DeploymentsFileError, NotDeployedError
from chainfaas.domain.canonical_json import JsonValue, encode_canonical_json, parse_json
from chainfaas.domain.encodings import Bytes32, format_hex, parse_bytes32
from chainfaas.domain.errors import ChainFaaSError, InvalidEncodingError
from chainfaas.domain.identifiers import Address, ChainId, chain_id
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.windows import Windows

if TYPE_CHECKING:
    from chainfaas.chain.artefacts import ContractArtefact
    from chainfaas.chain.state_folder import StateFolder

SCHEMA: Final = "chainfaas/deployments/1"

TOKEN: Final = "ChainFaaSToken"  # noqa: S105 - the unit of payment is no secret
PEERS: Final = "PeerRegistry"
PROVIDERS: Final = "ProviderRegistry"
FUNCTIONS: Final = "FunctionRegistry"
LEDGER: Final = "MonitoringLedger"
CONTRACT_NAMES: Final = (TOKEN, PEERS, PROVIDERS, FUNCTIONS, LEDGER)
"""In the order in which they are deployed: each is told of earlier ones only."""

_FILE_MAX_BYTES = 64 * 1024
_LONGEST_OPEN_AGE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DeployedContract:
    """One contract of a network.

    Attributes:
        address: Where it is.
        block: Height of the block that it came with; its events begin there.
        transaction_hash: Transaction that made it.
        code_hash: Keccak-256 of the code there.
        abi_hash: Keccak-256 of its ABI in canonical JSON.
    """

    address: Address
    block: int
    transaction_hash: Bytes32
    code_hash: Bytes32
    abi_hash: Bytes32


@dataclass(frozen=True, slots=True)
class Deployments:
    """The contracts of one network.

    Attributes:
        chain_id: The network's number.
        genesis_hash: Hash of its block 0.
        windows: What it was deployed with; the open age, which no contract knows, follows from the grace.
        is_dev: Whether its tokens are worth nothing, so that a faucet may hand them out.
        compiler_version: What the contracts were compiled with.
        contracts: Each of `CONTRACT_NAMES`.
    """

    chain_id: ChainId
    genesis_hash: Bytes32
    windows: Windows
    is_dev: bool
    compiler_version: str
    contracts: Mapping[str, DeployedContract]

    @property
    def first_block(self) -> int:
        """Height from which the network's events are read."""
        return min(each.block for each in self.contracts.values())

    @property
    def signing_domain(self) -> SigningDomain:
        """What every signature on this network is bound to."""
        return SigningDomain(self.chain_id, self.contracts[LEDGER].address)

    def address(self, name: str) -> Address:
        """Return where a contract is.

        Args:
            name: One of `CONTRACT_NAMES`.
        """
        return self.contracts[name].address

    def document(self) -> dict[str, JsonValue]:
        """Return the file's content."""
        windows = self.windows
        return {
            "schema": SCHEMA,
            "chainId": self.chain_id,
            "genesisHash": format_hex(self.genesis_hash),
            "dev": self.is_dev,
            "parameters": {
                "L": windows.job_life_seconds,
                "G": windows.grace_seconds,
                "W": windows.claim_seconds,
                "bps": windows.commission_bps,
            },
            "compiler": self.compiler_version,
            "contracts": {name: _contract_document(self.contracts[name]) for name in CONTRACT_NAMES},
        }


def parse_deployments(raw: bytes) -> Deployments:
    """Read the content of a deployments file.

    Args:
        raw: The whole file.

    Raises:
        DeploymentsFileError: It is of another version, lacks something, or has what nobody knows.
    """
    try:
        return _parse(parse_json(raw, _FILE_MAX_BYTES, "The deployments file"))
    except DeploymentsFileError:
        raise
    except ChainFaaSError as fault:
        raise DeploymentsFileError(f"A deployments file is damaged: {fault.message}") from fault


def read_deployments(path: Path) -> Deployments:
    """Read one deployments file.

    Args:
        path: The file.

    Raises:
        DeploymentsFileError: It cannot be read, or is damaged.
    """
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise DeploymentsFileError(
            f"The deployments file {path} cannot be read: {fault.strerror}."
        ) from fault
    try:
        return parse_deployments(raw)
    except DeploymentsFileError as fault:
        raise DeploymentsFileError(f"{path}: {fault.message}") from fault


def write_deployments(path: Path, deployments: Deployments) -> None:
    """Replace a deployments file in one step; whoever reads sees the old or the new one, whole.

    Args:
        path: The file.
        deployments: What it says from now on.

    Raises:
        DeploymentsFileError: The place cannot be written.
    """
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(json.dumps(deployments.document(), indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as fault:
        raise DeploymentsFileError(
            f"The deployments file {path} cannot be written: {fault.strerror}."
        ) from fault


def deployments_path(folder: StateFolder, chain: int) -> Path:
    """Return where the deployments file of a local network is kept.

    Args:
        folder: The network's state folder.
        chain: Its chain id.
    """
    return folder.deployments / f"{chain}.json"


def load_deployments(folder: StateFolder, chain: int) -> Deployments:
    """Find and read the deployments of a network: of its state folder, else those that the package brings.

    Args:
        folder: The state folder.
        chain: The network's chain id.

    Raises:
        NotDeployedError: There are none.
        DeploymentsFileError: They are damaged, or of another chain.
    """
    places = (deployments_path(folder, chain), _public_folder() / f"{chain}.json")
    for path in places:
        if path.is_file():
            deployments = read_deployments(path)
            if deployments.chain_id != chain:
                raise DeploymentsFileError(f"{path} is of chain {deployments.chain_id}.")
            return deployments
    raise NotDeployedError(f"There are no contracts of ours on chain {chain}: no file {places[0]}.")


def abi_hash(artefact: ContractArtefact) -> Bytes32:
    """Return the hash of a contract's ABI, as a deployments file holds it.

    Args:
        artefact: The compiled contract.
    """
    return Bytes32(keccak256(encode_canonical_json([dict(entry) for entry in artefact.abi])))


def windows_of_parameters(life: int, grace: int, claim: int, commission_bps: int) -> Windows:
    """Return a network's windows from what its contracts know.

    Args:
        life: Longest job life in seconds.
        grace: Grace in seconds.
        claim: Claim window in seconds.
        commission_bps: Commission in basis points.

    Raises:
        ConfigurationError: They break a bound or an inequality.
    """
    return Windows(life, grace, claim, commission_bps, min(_LONGEST_OPEN_AGE_SECONDS, grace // 4))


def _public_folder() -> Path:
    package = Path(str(importlib.resources.files("chainfaas")))
    shipped = package / "shipped" / "deployments"
    return shipped if shipped.is_dir() else package.parent / "contracts" / "deployments"


def _contract_document(contract: DeployedContract) -> dict[str, JsonValue]:
    return {
        "address": str(contract.address),
        "block": contract.block,
        "transactionHash": format_hex(contract.transaction_hash),
        "codeHash": format_hex(contract.code_hash),
        "abiHash": format_hex(contract.abi_hash),
    }


def _parse(value: JsonValue) -> Deployments:
    required = ("schema", "chainId", "genesisHash", "dev", "parameters", "compiler", "contracts")
    fields = JsonFields(value, "deployments", InvalidEncodingError, required=required)
    if fields.text("schema") != SCHEMA:
        raise DeploymentsFileError(f"The schema is {fields.text('schema')!r}, this release reads {SCHEMA}.")
    limits = JsonFields(
        fields.value("parameters"),
        "deployments.parameters",
        InvalidEncodingError,
        required=("L", "G", "W", "bps"),
    )
    contracts = JsonFields(
        fields.value("contracts"), "deployments.contracts", InvalidEncodingError, required=CONTRACT_NAMES
    )
    return Deployments(
        chain_id=chain_id(fields.integer("chainId")),
        genesis_hash=fields.parsed("genesisHash", parse_bytes32),
        windows=windows_of_parameters(*(limits.integer(name) for name in ("L", "G", "W", "bps"))),
        is_dev=fields.boolean("dev"),
        compiler_version=fields.text("compiler"),
        contracts={name: _parse_contract(name, contracts.value(name)) for name in CONTRACT_NAMES},
    )


def _parse_contract(name: str, value: JsonValue) -> DeployedContract:
    path = f"deployments.contracts.{name}"
    required = ("address", "block", "transactionHash", "codeHash", "abiHash")
    fields = JsonFields(value, path, InvalidEncodingError, required=required)
    block = fields.integer("block")
    if block < 1:
        raise fields.refusal("block", "is below 1")
    return DeployedContract(
        address=fields.parsed("address", Address.parse),
        block=block,
        transaction_hash=fields.parsed("transactionHash", parse_bytes32),
        code_hash=fields.parsed("codeHash", parse_bytes32),
        abi_hash=fields.parsed("abiHash", parse_bytes32),
    )
