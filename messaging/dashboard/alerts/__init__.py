"""The pages about alerts: what is open and what to do about it, what was, and the rules."""
