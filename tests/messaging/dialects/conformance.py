"""What every edge keeps, whoever's API it speaks. Each check takes a bench; a newcomer is taken up by itself."""

from tests.messaging.dialects import credentials, malformed, promises

CHECKS = [*promises.CHECKS, *credentials.CHECKS, *malformed.CHECKS]  # for every API
DIALECT_CHECKS = promises.DIALECT_CHECKS  # for dialects alone
