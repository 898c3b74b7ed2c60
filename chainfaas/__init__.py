"""ChainFaaS: an open serverless platform that settles on a blockchain in the open."""
