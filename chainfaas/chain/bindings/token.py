"""The token that everything is paid in: ERC-20 with EIP-2612 permits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract
from chainfaas.domain.amounts import TokenAmount, token_amount
from chainfaas.domain.encodings import Bytes32, bytes32
from chainfaas.domain.identifiers import Address, ChainId, chain_id
from chainfaas.domain.keccak import keccak256

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.domain.signatures import Signature

_PERMIT_TYPEHASH = keccak256(
    b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
)


@dataclass(frozen=True, slots=True)
class Permit:
    """What the owner of tokens signs instead of sending an approval (EIP-2612).

    Attributes:
        owner: Whose tokens.
        spender: Who may take them.
        value: How many base units, u256.
        nonce: The owner's count of permits on this token.
        deadline: Unix seconds until which it may be used, u256.
    """

    owner: Address
    spender: Address
    value: int
    nonce: int
    deadline: int

    def digest(self, domain_separator: Bytes32) -> Bytes32:
        """Return what is signed.

        Args:
            domain_separator: The token's, not the ledger's.
        """
        addresses = b"".join(bytes(12) + each.raw for each in (self.owner, self.spender))
        numbers = b"".join(each.to_bytes(32, "big") for each in (self.value, self.nonce, self.deadline))
        struct_hash = keccak256(_PERMIT_TYPEHASH + addresses + numbers)
        return Bytes32(keccak256(b"\x19\x01" + domain_separator + struct_hash))


@dataclass(frozen=True, slots=True)
class Eip712Domain:
    """What a contract says its signatures are bound to (EIP-5267).

    Attributes:
        name: Name of what signs.
        version: Its version.
        chain_id: The chain.
        contract: The contract itself.
    """

    name: str
    version: str
    chain_id: ChainId
    contract: Address


class ChainFaaSToken(BoundContract):
    """Binding of the token."""

    ARTEFACT = "ChainFaaSToken"

    def name(self) -> str:
        """Read the token's name."""
        return str(self._read("name"))

    def symbol(self) -> str:
        """Read what wallets show behind an amount."""
        return str(self._read("symbol"))

    def decimals(self) -> int:
        """Read how many decimals an amount is shown with."""
        return int(self._read("decimals"))

    def total_supply(self) -> TokenAmount:
        """Read how much there is, ever."""
        return token_amount(self._read("totalSupply"))

    def balance_of(self, account: Address) -> TokenAmount:
        """Read what an account holds."""
        return token_amount(self._read("balanceOf", account))

    def allowance(self, owner: Address, spender: Address) -> int:
        """Read how many base units a spender may take of an owner's; a u256, often all of it."""
        return int(self._read("allowance", owner, spender))

    def nonces(self, owner: Address) -> int:
        """Read how many permits of an owner were used."""
        return int(self._read("nonces", owner))

    def domain_separator(self) -> Bytes32:
        """Read the EIP-712 domain separator that permits are signed under."""
        return bytes32(self._read("DOMAIN_SEPARATOR"))

    def eip712_domain(self) -> Eip712Domain:
        """Read what the domain separator is made of."""
        return eip712_domain_of(self._read("eip712Domain"))

    def transfer(self, to: Address, value: TokenAmount) -> ContractCall:
        """Move the sender's tokens."""
        return self._call("transfer", to, value)

    def approve(self, spender: Address, value: int) -> ContractCall:
        """Allow a spender to take this many base units of the sender's, instead of what it was allowed."""
        return self._call("approve", spender, value)

    def transfer_from(self, owner: Address, to: Address, value: TokenAmount) -> ContractCall:
        """Move tokens of an owner that allowed it."""
        return self._call("transferFrom", owner, to, value)

    def permit(self, permit: Permit, signature: Signature) -> ContractCall:
        """Allow what the owner signed; anybody may send it."""
        return self._call(
            "permit", permit.owner, permit.spender, permit.value, permit.deadline, *signature_words(signature)
        )


def signature_words(signature: Signature) -> tuple[int, bytes, bytes]:
    """Return a signature as EIP-2612 takes it: v, r, s.

    Args:
        signature: The 65 bytes.
    """
    return signature.v, signature.raw[:32], signature.raw[32:64]


def eip712_domain_of(answer: tuple[object, ...]) -> Eip712Domain:
    """Return the domain that a contract's ``eip712Domain`` gave.

    Args:
        answer: Its seven values.
    """
    _, name, version, number, contract, _, _ = answer
    return Eip712Domain(str(name), str(version), chain_id(int(str(number))), Address.parse(str(contract)))
