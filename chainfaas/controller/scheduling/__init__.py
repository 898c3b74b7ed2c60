"""Which provider runs a job: a chain of rankers, each with a verdict and a reason for every provider."""
