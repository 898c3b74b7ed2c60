"""What happens by the clock: the safety net behind events, and what is swept away."""
