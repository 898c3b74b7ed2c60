"""What can go wrong between us and a chain, below ``ChainError``.

::

    ChainError
    ├── ChainUnreachableError       no answer, or none that makes sense
    ├── WrongChainError             the node serves another chain
    ├── StaleDeploymentsError       the chain does not hold what the deployments file says
    ├── CallRevertedError           a simulated call was refused by the contract
    ├── TransactionRefusedError     an outbox entry ended without its effect
    └── TransactionPendingError     an outbox entry did not get as far as asked in time
    ConfigurationError
    ├── ArtefactError               a compiled contract is missing or damaged
    ├── DeploymentsFileError        a deployments file is damaged
    └── CompilationError            the contracts do not compile
    NotFoundError
    └── NotDeployedError            the contracts were not deployed on this chain
    ConflictError
    ├── DeploymentConflictError     the contracts are there, or begun, with other settings
    ├── LeaseHeldError              another process sends for this key
    ├── LeaseLostError              somebody else took the right to send over
    ├── StaleEntryError             an outbox entry is not in the state that was expected
    └── DedupeConflictError         one dedupe key was used for two different effects
"""

from __future__ import annotations

from chainfaas.domain.errors import ChainError, ConfigurationError, ConflictError, NotFoundError


class ChainUnreachableError(ChainError):
    """The node does not answer."""

    code = "chain-unreachable"
    default_remedy = "Check that the node runs (`chainfaas chain status`) and that its address is right."


class WrongChainError(ChainError):
    """The node serves another chain than the one expected."""

    code = "wrong-chain"
    default_remedy = "Point to a node of this network, or choose the network's own state folder."


class StaleDeploymentsError(ChainError):
    """The contracts that were deployed are not on this chain, or are of another release."""

    code = "stale-deployments"
    default_remedy = "Wipe a local network with `chainfaas chain reset` and deploy again."


class CallRevertedError(ChainError):
    """The contract refused a call that was tried without sending it."""

    code = "call-reverted"
    default_remedy = "Read the contract's reason; no nonce and no coin was spent."

    def __init__(self, data: bytes, message: str | None = None) -> None:
        """Keep what the contract returned.

        Args:
            data: The revert data, empty when the contract gave none.
            message: What the node says about it.
        """
        super().__init__(message)
        self.data = data


class TransactionRefusedError(ChainError):
    """A transaction ended without the effect that was asked for."""

    code = "transaction-refused"
    default_remedy = "Read the contract's reason in the outbox entry; the same entry is not tried again."


class TransactionPendingError(ChainError):
    """A transaction did not get as far as asked in the time given."""

    code = "transaction-pending"
    default_remedy = "Wait: the entry is kept and sent again until it is mined, also after a restart."


class LeaseHeldError(ConflictError):
    """Another process holds the right to send for this key."""

    code = "lease-held"
    default_remedy = "Stop the other process, or wait until its lease ends."


class LeaseLostError(ConflictError):
    """Another process has taken over the right to send for this key."""

    code = "lease-lost"
    default_remedy = "Let the other process send; this one stops."


class StaleEntryError(ConflictError):
    """An outbox entry has moved on since it was read."""

    code = "stale-entry"
    default_remedy = "Read the entry again and decide from its present state."


class DedupeConflictError(ConflictError):
    """One dedupe key was given to two different effects."""

    code = "dedupe-conflict"
    default_remedy = "Make the key from the identity of the effect, so that different effects differ in it."


class ArtefactError(ConfigurationError):
    """A compiled contract is missing or damaged."""

    code = "artefact"
    default_remedy = "Install ChainFaaS again, or run make artefacts in a checkout."


class CompilationError(ConfigurationError):
    """The contracts do not compile."""

    code = "compilation"
    default_remedy = "Correct the source or the settings that are named; make setup provides the compiler."


class DeploymentsFileError(ConfigurationError):
    """A deployments file is damaged or of another version."""

    code = "deployments-file"
    default_remedy = "Restore the file, or wipe a local network with `chainfaas chain reset`."


class NotDeployedError(NotFoundError):
    """The contracts were not deployed on this chain."""

    code = "not-deployed"
    default_remedy = "Run `chainfaas deploy`, or choose the network's own state folder with --home."


class DeploymentConflictError(ConflictError):
    """The contracts are deployed, or their deployment was begun, with other settings."""

    code = "deployment-conflict"
    default_remedy = "Use the same settings, or wipe a local network with `chainfaas chain reset`."
