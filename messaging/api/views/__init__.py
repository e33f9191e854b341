"""The views of our own API, by what they are about."""
