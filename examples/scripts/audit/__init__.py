"""The auditor's books: events added up by arithmetic alone, then compared with the chain's own answers."""
