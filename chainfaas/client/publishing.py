"""Publishing a function's file: the bundle to the controller, the version to the chain, nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.client.own_functions import FunctionOwner, read_functions
from chainfaas.domain.identifiers import FunctionId, VersionId

if TYPE_CHECKING:
    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.client.function_file import FunctionFile
    from chainfaas.client.own_account import OwnAccount, Sent


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

    The function is created if the account has none of that name that is not retired. A version that is the
    live one already is left alone; one that was published before is set live again.

    Args:
        account: The developer's.
        controller: Where providers fetch the bundle; may be absent for a file without one.
        file: What is published.

    Raises:
        ChainFaaSError: As `OwnAccount.send` and `ControllerClient.upload_bundle`.
    """
    owner, sent = FunctionOwner(account), []
    own = [each for each in read_functions(account.chain, account.address) if not each.is_retired]
    known = next((each for each in own if each.name == file.name), None)
    if file.bundle and controller is not None:
        # Before the version: a provider that sees it looks for the bundle at once.
        controller.upload_bundle(file.version.bundle_hash, file.bundle)
    same = None
    if known is None:
        created, function = owner.create()
        sent.append(created)
    else:
        function = known.function_id
        same = next((each.version_id for each in known.versions if each.is_same(file.version)), None)
    if same is None:
        published, same = owner.publish(function, file.version, live=True)
        sent.append(published)
    elif known is not None and known.live != same:
        sent.append(owner.set_live(function, same))
    return Publication(function, same, tuple(sent))
