"""How far a job has come, as its provider sees it.

::

    ACCEPTED → REPORTED → COUNTERSIGNED → CLAIMED → PAID
                   │            └───────────┴──→ UNPAID
                   ├──→ FREE
                   └──→ REFUSED

A job that is declined begins at ``REPORTED``. A claim that ends without effect leads from ``CLAIMED`` back to
``COUNTERSIGNED``, and so does a block that is replaced.
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """One of the stages."""

    ACCEPTED = "accepted"
    """Its input may be in a sandbox. Stored before that."""
    REPORTED = "reported"
    """It ended, and its receipt is signed. Stored before the report leaves."""
    COUNTERSIGNED = "countersigned"
    """The controller signed the same receipt: the work can be claimed."""
    CLAIMED = "claimed"
    """A settlement with it is in the outbox."""
    PAID = "paid"
    """The provider's own node shows it settled, deep enough. Nothing follows."""
    FREE = "free"
    """The controller took a report of a status that costs nothing. Nothing follows."""
    REFUSED = "refused"
    """The controller did not take the report, as after the end of a lease. Nothing follows."""
    UNPAID = "unpaid"
    """The chain closed it without pay: its escrow was empty, or its time was over. Nothing follows."""


OWED_STATES = (JobState.ACCEPTED, JobState.REPORTED, JobState.COUNTERSIGNED, JobState.CLAIMED)
"""Work that the controller may still have to pay: what exposure counts."""
