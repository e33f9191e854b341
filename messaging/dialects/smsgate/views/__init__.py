"""The calls of SMSGate's API, one file for each sort of thing."""
