"""Whether an offered job is run: a decision from what the own node and this machine say."""
