"""The spans of time that the protocol counts with, and the inequalities that keep money from being stuck."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.errors import ConfigurationError

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
MAX_COMMISSION_BPS = 1_000


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigurationError(
            f"The {name} is {value}, outside {least} to {most}.",
            remedy="Change it, or the windows that bound it.",
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """One network's parameters. Names in brackets are those of docs/protocol.md."""

    job_life_seconds: int
    """The furthest that a deadline may lie ahead (L): 120 s to 7 days. Immutable."""
    grace_seconds: int
    """How long a revoked escrow, an old offer and a retired id go on (G): 10 s to 1 h, 8G <= L. Immutable."""
    claim_seconds: int
    """How long after a deadline a job may still be claimed (W): G to L. Voted."""
    commission_bps: int
    """The peers' part of every payment in basis points: at most 1,000. Voted."""
    open_age_seconds: int
    """The age at which a controller opens what is not on chain yet (F): at most G/4. The controller's own."""

    def __post_init__(self) -> None:
        """Refuse a set that breaks a bound or an inequality."""
        life, grace = self.job_life_seconds, self.grace_seconds
        _check("job life", life, 2 * _MINUTE, 7 * _DAY)
        _check("grace", grace, 10, min(_HOUR, life // 8))
        _check("claim window", self.claim_seconds, grace, life)
        _check("commission", self.commission_bps, 0, MAX_COMMISSION_BPS)
        _check("open age", self.open_age_seconds, 1, grace // 4)

    @property
    def change_delay_seconds(self) -> int:
        """How long a voted change and the unbonding of stake take: 2L, which is never below L + W."""
        return 2 * self.job_life_seconds

    @property
    def longest_lock_seconds(self) -> int:
        """The longest that a developer's money is reserved for a job that nobody disputes: L + W."""
        return self.job_life_seconds + self.claim_seconds

    @property
    def longest_timeout_seconds(self) -> int:
        """The longest run that fits a batch with a grace at either end: L - 2G."""
        return self.job_life_seconds - 2 * self.grace_seconds


DEFAULT_WINDOWS = Windows(
    job_life_seconds=_DAY,
    grace_seconds=15 * _MINUTE,
    claim_seconds=_HOUR,
    commission_bps=200,
    open_age_seconds=_MINUTE,
)
"""What a network for real use is deployed with."""

DEV_WINDOWS = Windows(
    job_life_seconds=2 * _MINUTE,
    grace_seconds=10,
    claim_seconds=20,
    commission_bps=200,
    open_age_seconds=2,
)
"""What a network on one machine is deployed with, short enough to watch a job expire."""
