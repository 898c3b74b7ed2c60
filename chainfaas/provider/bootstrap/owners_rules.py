"""The owner's rules for jobs, out of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import Address
from chainfaas.provider.offers.accept_hook import AcceptHook
from chainfaas.provider.offers.house_rules import HouseRules
from chainfaas.provider.offers.schedule import Schedule, Span

if TYPE_CHECKING:
    from chainfaas.provider.settings import ProviderSettings

_MS_PER_SECOND = 1_000


def owners_rules(settings: ProviderSettings) -> HouseRules:
    """Return the rules that the settings say.

    Args:
        settings: The settings.

    Raises:
        ConfigurationError: The accept hook is no file with a whole path.
    """
    hook = settings.accept_hook
    if hook is not None and not (hook.is_absolute() and hook.is_file()):
        raise ConfigurationError(
            f"accept_hook is {hook}, which is no file.", remedy="Give the whole path of a program."
        )
    return HouseRules(
        schedule=Schedule(tuple(Span.parse(text) for text in settings.hours)),
        owners_allowed=frozenset(Address.parse(text) for text in settings.owners_allowed),
        owners_denied=frozenset(Address.parse(text) for text in settings.owners_denied),
        images_denied=settings.images_denied,
        ask=None if hook is None else AcceptHook(hook, settings.accept_hook_ms / _MS_PER_SECOND).ask,
    )
