"""Publishing a function's file: the bundle to the controller, the version to the chain, nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.client.own_account import Wanted
from chainfaas.client.own_functions import read_functions
from chainfaas.domain.identifiers import FunctionId, VersionId, function_id
from chainfaas.domain.limits import limits_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.chain.bindings.function_registry import FunctionRegistry
    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.client.function_file import FunctionFile
    from chainfaas.client.own_account import OwnAccount, Sent
    from chainfaas.client.own_functions import OwnFunction


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing came to.

    Attributes:
        function_id: The function.
        version_id: The version that calls run now.
        sent: The transactions, in order; none where the same version was live already.
    """

    function_id: FunctionId
    version_id: VersionId
    sent: tuple[Sent, ...]


def publish_file(account: OwnAccount, controller: ControllerClient | None, file: FunctionFile) -> Publication:
    """Make a file's version the live one of the account's function of that name.

    Args:
        account: The developer's.
        controller: Where providers fetch the bundle; may be absent for a file without one.
        file: What is published.

    Raises:
        ChainFaaSError: As `publish_files`.
    """
    return publish_files(account, controller, [file])[0]


def publish_files(
    account: OwnAccount, controller: ControllerClient | None, files: Sequence[FunctionFile]
) -> list[Publication]:
    """Make each file's version the live one of the account's function of that name.

    Functions that the account has none of, or only retired ones, are created first. A version that is the
    live one already is left alone; one that was published before is set live again.

    Args:
        account: The developer's.
        controller: Where providers fetch bundles; may be absent where no file has one.
        files: What is published, no two of one name.

    Raises:
        LimitExceededError: Memory or time-out of one is outside the network's bounds; nothing was sent.
        ChainFaaSError: As `OwnAccount.send_all` and `ControllerClient.upload_bundle`.
    """
    limits = limits_for(account.chain.deployments.windows)
    for file in files:
        # Before anything is sent: the contract would refuse it only once the function is there.
        limits.check_memory_mib(file.version.terms.memory_mib)
        limits.check_timeout_ms(file.version.terms.timeout_ms)
    for file in files:
        if file.bundle and controller is not None:
            # Before the version: a provider that sees it looks for the bundle at once.
            controller.upload_bundle(file.version.bundle_hash, file.bundle)
    own = {each.name: each for each in read_functions(account.chain, account.address) if not each.is_retired}
    registry = account.chain.contracts.functions
    new = [file for file in files if file.name not in own]
    created = account.send_all([Wanted.call(registry.create()) for _ in new])
    made = {file.name: sent for file, sent in zip(new, created, strict=True)}
    plans = [_plan(registry, file, own.get(file.name), made.get(file.name)) for file in files]
    calls = [plan.call for plan in plans if plan.call is not None]
    sent = iter(account.send_all([Wanted.call(call) for call in calls]))
    return [plan.done(next(sent) if plan.call is not None else None) for plan in plans]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is left to do for one file."""

    function_id: FunctionId
    version_id: VersionId | None
    created: Sent | None
    call: ContractCall | None

    def done(self, sent: Sent | None) -> Publication:
        before = () if self.created is None else (self.created,)
        if sent is None or self.version_id is not None:
            after = () if sent is None else (sent,)
            return Publication(self.function_id, VersionId(self.version_id or 0), (*before, *after))
        version = VersionId(sent.number("VersionPublished", "versionId"))
        return Publication(self.function_id, version, (*before, sent))


def _plan(
    registry: FunctionRegistry, file: FunctionFile, known: OwnFunction | None, created: Sent | None
) -> _Plan:
    if known is None:
        number = 0 if created is None else created.number("FunctionCreated", "functionId")
        function = function_id(number)
        return _Plan(function, None, created, registry.publish(function, file.version, live=True))
    same = next((each.version_id for each in known.versions if each.is_same(file.version)), None)
    if same is None:
        call = registry.publish(known.function_id, file.version, live=True)
        return _Plan(known.function_id, None, None, call)
    call_again = None if known.live == same else registry.set_live(known.function_id, same)
    return _Plan(known.function_id, same, None, call_again)
