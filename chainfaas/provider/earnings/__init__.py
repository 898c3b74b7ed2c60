"""What a provider earned, job by job, as the chain paid it."""
