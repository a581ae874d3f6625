"""Which model, where it is, and what reaching it needs."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.settings import Settings

OPENAI = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4.1-mini"
NAMELESS = "default"
"""What is asked for where a server has one model and the settings name none."""
PROTOCOL = "openai"
"""The provider of everything that speaks OpenAI's protocol."""
LOOPBACK = ("127.", "localhost", "::1")


@dataclass(frozen=True)
class Address:
    """Which model, where, and how long to wait for it. `url` is '' for a provider that knows its own address."""

    name: str
    url: str
    key: str = field(repr=False)
    timeout_s: float
    provider: str = PROTOCOL

    @property
    def host(self) -> str:
        """Return the machine it is on, or the provider where only that is known."""
        return urlsplit(self.url).hostname or self.url or self.provider

    @property
    def is_openai(self) -> bool:
        """Return whether it is OpenAI's own service."""
        return self.host == "openai.com" or self.host.endswith(".openai.com")

    @property
    def is_here(self) -> bool:
        """Return whether it is on this machine."""
        return is_here(self.host)


def is_here(place: str) -> bool:
    """Return whether a machine of this name is this one."""
    return place.startswith(LOOPBACK)


def address_from(settings: Settings) -> Address:
    """Return the model that the settings choose. The key goes to `model_url` where one is set.

    `provider:name` is taken for a provider's only where no address is set: Ollama's own names hold a colon too.
    """
    url, name = settings.model_url.strip().rstrip("/"), settings.model.strip()
    provider, colon, rest = name.partition(":")
    if colon and not url and provider != PROTOCOL:
        return Address(rest, "", "", settings.model_timeout_s, provider.replace("-", "_").lower())
    name = rest if colon and not url else name
    name = name or (NAMELESS if url else DEFAULT_MODEL)
    return Address(name, url or OPENAI, settings.openai_api_key or "not-needed", settings.model_timeout_s)
