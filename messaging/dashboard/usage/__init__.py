"""Usage: what was sent and asked, by day, token, device and API style, and what is left of the plan."""
