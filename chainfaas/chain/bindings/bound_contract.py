"""What every binding does: encode, read, and turn what goes wrong into errors of ours."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError, EncodingError

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.refusals import ContractRefusedError, contract_errors
from chainfaas.chain.errors import StaleDeploymentsError
from chainfaas.chain.json_rpc import JsonRpc, RpcRefusedError, read_data
from chainfaas.chain.reverts import SELECTOR_BYTES, abi_type
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.errors import ChainError, InvalidInputError
from chainfaas.domain.identifiers import ZERO_ADDRESS, Address
from chainfaas.domain.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web3 import Web3

BlockReference: TypeAlias = int | bytes
"""A block by its height or by its hash."""

_REVERT_WORDS = "execution reverted"


@dataclass(frozen=True, slots=True)
class AbiFunction:
    """A function of a contract, as calls of it are encoded.

    Attributes:
        selector: First bytes of the hash of its signature.
        inputs: Types of its arguments.
        outputs: Types of what it returns.
    """

    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class BoundContract:
    """One contract at one address of one chain."""

    ARTEFACT: ClassVar[str]
    """Name of the artefact whose code is at the address."""

    def __init__(self, connection: Web3, address: Address) -> None:
        """Bind to an address; nothing is asked yet.

        Args:
            connection: The node.
            address: Where the contract is.

        Raises:
            ArtefactError: The contract's artefact is missing or damaged.
        """
        self.address = address
        self._rpc = JsonRpc(connection)
        self._block: object = "latest"
        self._functions = abi_functions(self.ARTEFACT)

    def at_block(self, block: BlockReference) -> Self:
        """Return the same contract, read as it was after a block.

        Args:
            block: Its height, or its hash, which is refused once a reorganisation has taken the block away.
        """
        earlier = copy(self)
        earlier._block = _block_parameter(block)  # noqa: SLF001 - it is one of us
        return earlier

    def __repr__(self) -> str:
        """Return the class and the address."""
        return f"{type(self).__name__}({self.address})"

    def _read(self, function: str, *arguments: object) -> Any:  # noqa: ANN401 - what comes depends on the ABI
        call = self._call(function, *arguments)
        try:
            answer = self._rpc.call(
                "eth_call", {"to": str(call.to), "data": format_hex(call.data)}, self._block
            )
        except RpcRefusedError as refused:
            raise self._refusal(call, refused) from refused
        returned = read_data(answer, f"what {call.method} returns")
        try:
            values = decode(self._functions[function].outputs, returned)
        except DecodingError as fault:
            raise self._stale() from fault
        return values[0] if len(values) == 1 else values

    def _call(self, function: str, *arguments: object) -> ContractCall:
        method = f"{type(self).__name__}.{function}"
        shape = self._functions[function]
        try:
            encoded = encode(shape.inputs, [_abi_value(each) for each in arguments])
        except (EncodingError, UnicodeError) as fault:
            raise InvalidInputError(f"An argument of {method} does not fit: {fault}") from fault
        return ContractCall(self.address, shape.selector + encoded, method, contract_errors())

    def _refusal(self, call: ContractCall, refused: RpcRefusedError) -> ChainError:
        if refused.data:
            return ContractRefusedError(call.method, call.errors.decode(refused.data, refused.words))
        # Solidity gives nothing back where a contract has no such function.
        return self._stale() if refused.words.startswith(_REVERT_WORDS) else refused

    def _stale(self) -> StaleDeploymentsError:
        return StaleDeploymentsError(
            f"There is no {self.ARTEFACT} at {self.address}, or it is of another release."
        )


def address_or_none(text: str) -> Address | None:
    """Return an address that a contract gave, or ``None`` for the zero that stands for nobody.

    Args:
        text: The address as the decoder gives it.
    """
    address = Address.parse(text)
    return None if address == ZERO_ADDRESS else address


@cache
def abi_functions(artefact: str) -> Mapping[str, AbiFunction]:
    """Return the functions of a contract by name; ours have no two of one name.

    Args:
        artefact: The contract's name.

    Raises:
        ArtefactError: Its artefact is missing or damaged.
    """
    abi = load_artefact(artefact).abi
    return {item["name"]: _function(item) for item in abi if item["type"] == "function"}


def _function(item: Mapping[str, Any]) -> AbiFunction:
    inputs, outputs = (_types(item[side]) for side in ("inputs", "outputs"))
    signature = f"{item['name']}({','.join(inputs)})"
    return AbiFunction(keccak256(signature.encode())[:SELECTOR_BYTES], inputs, outputs)


def _types(parameters: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(abi_type(each) for each in parameters)


def _abi_value(value: object) -> object:
    if isinstance(value, Address):
        return value.raw
    if isinstance(value, list | tuple):
        return tuple(_abi_value(each) for each in value)
    return value


def _block_parameter(block: BlockReference) -> object:
    if isinstance(block, int):
        return hex(block)
    return {"blockHash": format_hex(block), "requireCanonical": True}  # EIP-1898
