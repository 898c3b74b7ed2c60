"""Calls that their caller gave up.

A step must leave what the previous release does working: add first, move the data, take away a release later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("invocations", sa.Column("cancelled_at_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Refuse: a backup is the way back."""
    raise NotImplementedError
