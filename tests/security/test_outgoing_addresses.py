"""Which addresses may be asked, by how they are written and by what their names resolve to."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from messaging import outgoing

OTHER_FORMS = [
    "https://2130706433/",  # 127.0.0.1 as one number
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1.5/",
    "https://0/",
    "https://0x/",
    "https://1.2.3.4.0x5/",
    "https://127.0.0.1./",
    "https://127%2e0%2e0%2e1/",
    "https://%31%32%37.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://[127.0.0.1]/",
]
PRIVATE = [
    "https://0.0.0.0/",
    "https://10.0.0.8/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://127.0.0.1/",
    "https://127.255.255.254/",
    "https://168.63.129.16/",
    "https://169.254.169.254/latest/meta-data/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.0.0.192/opc/v2/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://192.168.0.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::8.8.8.8]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[100::1]/",
    "https://[2001::1]/",  # Teredo
    "https://[2001:2::1]/",
    "https://[2001:db8::1]/",
    "https://[2002:7f00:1::]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2606:4700::1111%25eth0]/",
    "https://[2606:4700::1111%eth0]/",
]
NAMES = [
    "https://localhost/",
    "https://LOCALHOST/",
    "https://a.localhost/",
    "https://localhost.localdomain/",
    "https://printer.local/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://router.home.arpa/",
    "https://intranet/",
    "https://example.com./",
    "https://example.com../",
    "https://.example.com/",
    "https://a..example/",
    "https://-a.example/",
    "https://a-.example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 127}example/",
    "https://bücher.example/",
    "https://ⓔxample.com/",
    "https://exam\u00adple.com/",
    "https://a,b.example/",
    "https://a_b!.example/",
    "https://*.example.com/",
]
SHAPES = [
    "",
    "/path",
    "//example.com/",
    "example.com",
    "https:",
    "https://",
    "https:///etc/passwd",
    "https:example.com",
    "https:/example.com",
    "https://?x",
    "https://:443/",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://@example.com/",
    "https://8.8.8.8@127.0.0.1/",
    "https://127.0.0.1@8.8.8.8/",
    "https://a@b@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1\\.example.com/",
    "https:\\\\example.com/",
    "https://example.com\t/",
    "https://exam\nple.com/",
    "https://example.com/\r\nHost: 127.0.0.1",
    " https://example.com/",
    "https://exa mple.com/",
    "https://example.com/\x00",
    "https://example.com/\x7f",
    "https://[::1/",
    "https://::1/",
    "https://[::1].example.com/",
    "https://a[2606:4700::1111]/",
    "https://[2606:4700::1111]8/",
    "https://[]/",
    "https://[example.com]/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://example.com:+443/",
    "https://example.com:443:443/",
    "https://example.com/" + "x" * 8192,
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "dict://example.com:11211/",
    "javascript://example.com/%0a",
    "unix:///var/run/docker.sock",
    "ws://example.com/",
]
PORTS = [f"https://example.com:{port}/" for port in (1, 22, 25, 53, 110, 389, 445, 3306, 5432, 6379, 9200, 11211)]
GOOD = [
    "https://example.com",
    "https://example.com/hook?x=1#part",
    "https://example.com?x=https://user@127.0.0.1/",
    "https://example.com/@127.0.0.1",
    "https://example.com/#@127.0.0.1",
    "https://hooks.example.com:8443/a",
    "https://example.com:/",
    "https://8.8.8.8/a",
    "https://[2606:4700::1111]:8443/",
    "https://xn--bcher-kva.example/",
    "https://my_hooks.example.com/",
    "https://10.example.com/",
    "HTTPS://EXAMPLE.COM",
]


@pytest.mark.parametrize("url", [*OTHER_FORMS, *PRIVATE, *NAMES, *SHAPES, *PORTS])
def test_an_address_that_is_no_https_address_of_a_public_host_is_forbidden(url: str) -> None:
    with pytest.raises(outgoing.Forbidden) as no:
        outgoing.check_url(url)
    assert no.value.reason.startswith("The address ")
    assert no.value.reason.endswith(".")
    with pytest.raises(outgoing.Forbidden):
        outgoing.request("GET", url, timeout=0.1, most_bytes=1)


@pytest.mark.parametrize("url", GOOD)
def test_an_https_address_of_a_public_host_is_taken(url: str) -> None:
    outgoing.check_url(url)


def test_http_is_for_callers_who_say_so() -> None:
    outgoing.check_url("http://example.com/photo.jpg", schemes=("https", "http"))
    for url in ("ftp://example.com/", "http://127.0.0.1/", "http://example.com:25/"):
        with pytest.raises(outgoing.Forbidden):
            outgoing.check_url(url, schemes=("https", "http", "ftp"))


@pytest.mark.parametrize(
    "url",
    ["http://10.1.2.3:8080/", "https://10.1.2.3/", "http://hooks/", "https://HOOKS.corp/", "http://[fd00::7]/"],
)
def test_the_operators_list_allows_private_hosts_and_http(settings: Settings, url: str) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = ["10.1.0.0/16", "hooks", "Hooks.corp", " fd00::7 "]
    outgoing.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.2.0.1/",
        "http://example.com/",
        "https://other.corp/",
        "https://a.hooks.corp/",
        "https://hooks.corp./",
        "https://[::ffff:10.1.0.1]/",
        "https://167837697/",
        "https://10.1.0.1:6379/",
        "https://user@hooks.corp/",
        "ftp://hooks.corp/",
    ],
)
def test_the_operators_list_allows_nothing_else(settings: Settings, url: str) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = ["10.1.0.0/16", "hooks.corp"]
    with pytest.raises(outgoing.Forbidden):
        outgoing.check_url(url)


Resolve = Callable[..., list[str]]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["8.8.8.8", "10.0.0.1"],
        ["10.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "::1"],
        ["::ffff:8.8.8.8"],
        ["64:ff9b::10.0.0.1"],
        ["64:ff9b:1::808:808"],
        ["fe80::1%eth0"],
        ["0.0.0.0"],
        ["not an address"],
    ],
)
def test_a_name_with_any_private_address_is_forbidden(resolve: Resolve, addresses: list[str]) -> None:
    resolve(addresses)
    with pytest.raises(outgoing.Forbidden) as no:
        outgoing.request("GET", "https://hooks.example/", timeout=1, most_bytes=1)
    assert not any(address in no.value.reason for address in addresses)


@pytest.mark.parametrize("addresses", [["8.8.8.8", "127.0.0.2"], ["64:ff9b::8.8.8.8"]])
def test_a_name_with_allowed_addresses_alone_is_asked(
    resolve: Resolve, settings: Settings, addresses: list[str]
) -> None:
    """A resolver that answers for a network without IPv4 (DNS64) writes public addresses so."""
    settings.GATEWAY_WEBHOOK_ALLOW = ["127.0.0.2"]
    resolve(addresses)
    with pytest.raises(outgoing.Failed):
        outgoing.request("GET", "https://hooks.example:1999/", timeout=0.2, most_bytes=1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@example.com/services/T0/secret?key=secret#secret", "https://example.com/…"),
        ("http://example.com:8080", "http://example.com:8080/"),
        ("https://[2606:4700::1111]/?key=secret", "https://[2606:4700::1111]/…"),
        ("https://[secret", "an address that cannot be read"),
    ],
)
def test_a_log_says_who_is_asked_and_no_secret(url: str, shown: str) -> None:
    assert outgoing.redact(url) == shown
