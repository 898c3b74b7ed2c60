"""The provider daemon: admission, sandbox, receipts, claims, journal."""
