"""The Model Context Protocol for WhatsGate: the same calls, as tools that an assistant can use.

Stateless Streamable HTTP: each POST holds one JSON-RPC message and is answered with JSON. Revisions up to 2025-11-25
begin with a handshake, that of 2026-07-28 without one; both get the same answers.
"""
