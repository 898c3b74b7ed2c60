"""What follows from each event, one family a file: events and rows in, rows out, no I/O."""
