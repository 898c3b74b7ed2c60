"""The serverless controller: API, scheduling, dispatch, ledger writer, indexing, storage."""
