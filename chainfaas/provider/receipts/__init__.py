"""What the provider states about a run, and signs."""
