"""Why a call is not run: what the ranking of the providers means to its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.controller.errors import BusyError, PaymentRequiredError, UnplaceableError
from chainfaas.controller.scheduling.verdicts import Answer
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.prices import reserved_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.controller.dispatch.dispatch_state import DispatchParts
    from chainfaas.controller.dispatch.pending_call import PendingCall
    from chainfaas.controller.scheduling.rank_candidates import Judgement, Ranking


def refusal_of(
    call: PendingCall, ranking: Ranking, parts: DispatchParts
) -> PaymentRequiredError | UnplaceableError | BusyError:
    """Return the error that says why a call cannot be run now.

    Args:
        call: The call.
        ranking: What was said about each provider.
        parts: What dispatch works with.
    """
    if ranking.best or ranking.of(Answer.WAIT):
        return _busy(ranking)
    unfunded = ranking.of(Answer.UNFUNDED)
    if unfunded and not call.tried:
        return _payment_required(call, unfunded, parts)
    return _unplaceable(call, ranking)


def _busy(ranking: Ranking) -> BusyError:
    error = BusyError("Every provider that could run this call was busy for as long as a call may wait.")
    error.facts = {"providers": ranking.reasons()}
    return error


def _unplaceable(call: PendingCall, ranking: Ranking) -> UnplaceableError:
    reasons = ranking.reasons()
    said = "; ".join(f"provider {provider}: {reason}" for provider, reason in reasons.items())
    error = UnplaceableError(f"No provider can run this call: {said or 'there are none'}.")
    error.facts = {"providers": reasons, "attempts": call.attempt}
    return error


def _payment_required(
    call: PendingCall, unfunded: Sequence[Judgement], parts: DispatchParts
) -> PaymentRequiredError:
    version, now_seconds = call.version, int(parts.unix_time())
    escrow = parts.view.escrow(version.developer)
    promised = parts.promises.promised(version.developer)
    needed = min(reserved_cost(version.terms, each.candidate.offer) for each in unfunded)
    free = max(0, escrow.free - promised.amount)
    locked = escrow.reserved + promised.amount
    latest = now_seconds + parts.windows.longest_lock_seconds
    if escrow.expiry_seconds < now_seconds + parts.windows.grace_seconds:
        said = "has expired or is about to"
    elif escrow.job_cap < needed:
        said = f"allows a job {format_tokens(escrow.job_cap)} tokens"
    else:
        said = f"has {format_tokens(free)} tokens free and {format_tokens(locked)} locked"
    error = PaymentRequiredError(f"The call needs {format_tokens(needed)} tokens; the escrow {said}.")
    error.facts = {
        "needed": str(needed),
        "free": str(free),
        "locked": str(locked),
        "lockedUntil": max(promised.until_seconds, latest if escrow.reserved else 0) or None,
        "jobCap": str(escrow.job_cap),
        "expiry": escrow.expiry_seconds,
        "controllerId": parts.identity.controller_id,
        "developer": str(version.developer),
    }
    return error
