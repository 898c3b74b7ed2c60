"""From an offered job to its stored report: admission, sandbox, receipt, journal."""
