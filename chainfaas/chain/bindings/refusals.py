"""What a contract's refusal means to people: the error by name, and what to do about it."""

from __future__ import annotations

from functools import cache
from typing import Final

from chainfaas.chain.artefacts import artefact_names, load_artefact
from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.reverts import ErrorDecoder, RevertReason

REMEDIES: Final = {
    "ChainFaaSToken_SupplyTooLarge": "Deploy the token with a supply that fits 96 bits.",
    "ECDSAInvalidSignature": "Sign the digest again with the right key.",
    "ECDSAInvalidSignatureLength": "Give the signature as 65 bytes.",
    "ECDSAInvalidSignatureS": "Give the signature with its s in the lower half.",
    "ERC20InsufficientAllowance": "Approve the amount for the spender first.",
    "ERC20InsufficientBalance": "Get more tokens to this account, or move less.",
    "ERC20InvalidApprover": "Approve from an account that is not zero.",
    "ERC20InvalidReceiver": "Name a receiver that is not zero.",
    "ERC20InvalidSender": "Move tokens from an account that is not zero.",
    "ERC20InvalidSpender": "Name a spender that is not zero.",
    "ERC2612ExpiredSignature": "Sign a permit with a later deadline.",
    "ERC2612InvalidSigner": "Have the tokens' owner sign the permit, with its present nonce.",
    "Error": "Read the contract's own words.",
    "Escrows_TooSmall": "Report this: an escrow would pay more than it holds.",
    "FunctionRegistry_NotOwner": "Use the key that owns the function.",
    "FunctionRegistry_OutOfBounds": "Bring the named value of the version within its bounds.",
    "FunctionRegistry_PaidByAnother": "Publish a version of your own and set that live.",
    "FunctionRegistry_Retired": "Create a new function; a retired one stays retired.",
    "FunctionRegistry_VersionOfAnother": "Choose a version that was published for this function.",
    "FunctionRegistry_ZeroAddress": "Name an owner that is not zero.",
    "InvalidAccountNonce": "Read the account's nonce and sign again.",
    "InvalidShortString": "Report this: the contract's name is damaged.",
    "MonetaryLedger_BadReceiver": "Name a receiver that is neither zero, nor the token, nor the ledger.",
    "MonetaryLedger_BalanceTooSmall": "Deposit more, or take less.",
    "MonetaryLedger_CommissionTooHigh": "Deploy with a commission of at most 1,000 basis points.",
    "MonetaryLedger_ExpiryPassed": "Choose an expiry in the future.",
    "MonetaryLedger_LimitLowered": "Keep or raise job cap and expiry; until the expiry they only rise.",
    "MonetaryLedger_NoController": "Choose a controller that is registered and not retired.",
    "MonetaryLedger_NotExpired": "Revoke the escrow and close it after the expiry.",
    "MonitoringLedger_BadSignature": "Ask the controller to sign exactly this, for this chain and ledger.",
    "MonitoringLedger_GrossTooSmall": "Look for jobs that were paid already, or ask for less.",
    "MonitoringLedger_MixedParties": "Send one call a controller, and a provider when settling.",
    "MonitoringLedger_NotController": "Send it with the key of the controller whose id the batch carries.",
    "MonitoringLedger_NotExpired": "Wait until the deadline and the claim window have passed.",
    "MonitoringLedger_NotProvider": "Send it with the provider's operator or owner key.",
    "MonitoringLedger_NothingToSettle": "Nothing to do: the jobs are paid, or their batches cannot be taken.",
    "MonitoringLedger_Refused": "Read the reason; a used number or a passed deadline does not come back.",
    "Panic": "Report this with the call: a contract ran into a fault.",
    "PeerRegistry_DuplicateKey": "Give each controller a key of its own.",
    "PeerRegistry_DuplicatePeer": "Name each validator once.",
    "PeerRegistry_NoPeers": "Deploy with at least one peer.",
    "PeerRegistry_NotActive": "Choose a controller that is registered and not retired.",
    "PeerRegistry_NotControllersPeer": "Use the validator key of the peer that runs the controller.",
    "PeerRegistry_NotPeer": "Use the validator address of a peer.",
    "PeerRegistry_TooManyControllers": "Deploy with at most 32,767 controllers.",
    "PeerRegistry_ZeroAddress": "Name a validator, payout and key that are not zero.",
    "ProviderRegistry_MetadataTooLong": "Shorten the metadata to 1,024 bytes.",
    "ProviderRegistry_NotOwner": "Use the key that owns the provider.",
    "ProviderRegistry_NotProvider": "Use the provider's owner or operator key.",
    "ProviderRegistry_OfferTooSoon": "Wait until the time named; an offer stands for the grace at least.",
    "ProviderRegistry_StakeTooSmall": "Ask for no more than is staked.",
    "ProviderRegistry_StillBonded": "Wait until the time named.",
    "ProviderRegistry_ZeroAddress": "Name an owner, operator, payout or receiver that is not zero.",
    "SafeERC20FailedOperation": "Check the token's balance and allowance of the account.",
    "StringTooLong": "Report this: the contract's name is damaged.",
    "Windows_OutOfBounds": "Deploy with windows within the bounds of docs/protocol.md.",
}
"""One sentence for each error that a contract of ours can give."""


class ContractRefusedError(CallRevertedError):
    """A contract refused, and said why."""

    code = "contract-refused"

    def __init__(self, method: str, reason: RevertReason) -> None:
        """Say what was refused.

        Args:
            method: What was called.
            reason: The contract's error.
        """
        super().__init__(reason.data, f"{method} was refused: {reason}.")
        self.remedy = REMEDIES.get(reason.name, self.default_remedy)
        self.reason = reason


@cache
def contract_errors() -> ErrorDecoder:
    """Return the errors of all contracts; what one calls may refuse, and its error comes through.

    Raises:
        ArtefactError: An artefact is missing or damaged.
    """
    return ErrorDecoder(load_artefact(name).abi for name in artefact_names())
