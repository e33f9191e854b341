"""Whispir: an API key and a login together, JSON or XML, workspaces, and links in every answer."""

LABEL = "Whispir"
ROOTS: tuple[str, ...] = ()  # other vendors have its paths too: it answers below its folder, or on a host of its own
