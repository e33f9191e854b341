"""What no page may do, noticed while a test looks at something else."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_ALREADY_SEEN_AS_RESPONSE = "Failed to load resource"  # what the console says of every status over 399
_LEFT = "net::ERR_ABORTED"  # the page was left while it asked for news


class Watch:
    """Collects what goes wrong on the pages of a browser context: violations of the CSP and other errors in the
    console, exceptions, failed and refused requests, and requests to any other host."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.home = urlsplit(url).netloc
        self.problems: list[str] = []
        self._expected: set[tuple[int, str]] = set()
        context.on("console", self._said)
        context.on("weberror", self._raised)
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def expect(self, status: int, path: str) -> None:
        """Let a page be answered with a status that is right this time."""
        self._expected.add((status, path))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_ALREADY_SEEN_AS_RESPONSE):
            self.problems.append(f"console {message.type} on {message.location['url']}: {message.text}")

    def _raised(self, error: WebError) -> None:
        self.problems.append(f"exception: {error.error}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != self.home:
            self.problems.append(f"outside request: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.problems.append(f"failed request: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.status >= 400 and (response.status, path) not in self._expected:
            self.problems.append(f"answer {response.status}: {response.request.method} {response.url}")
