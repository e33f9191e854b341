"""Our own REST API, `/api/v1/`: the whole gateway by tokens, described by its own OpenAPI document."""
