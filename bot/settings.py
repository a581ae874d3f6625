"""Settings: read here, once, from ALEX_* variables or a .env file, and passed in everywhere else."""

import os
import sys
import types
from functools import lru_cache
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import UsageError

PACKAGE = Path(__file__).resolve().parent
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names under which a computer reaches itself, and nobody else does."""


class Settings(BaseSettings):
    """What can be set from outside. Every field is an ALEX_ variable of the same name."""

    model_config = SettingsConfigDict(env_prefix="ALEX_", env_file=".env", env_file_encoding="utf-8", extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("alex-rehearsal", appauthor=False))
    """Folder for transcripts, added articles and the passage index."""
    content: Path | None = None
    """Folder that holds prompts/ and knowledge/. Default: beside the program."""
    host: str = "127.0.0.1"
    """Address to listen on. Any but a loopback address makes a server, where people sign in; see docs/server.md."""
    port: int = Field(default=7860, ge=1, le=65535)
    address: str = ""
    """Where people reach a server, as in https://alex.example.org; it makes a server, too. Default: any name."""
    accounts: bool = False
    """Ask people to sign in even where only this computer is served."""
    sign_in_header: str = ""
    """Header in which a proxy before Alex names whoever it has signed in; needs `trusted_proxies`."""
    trusted_proxies: str = ""
    """Addresses or networks of the proxies whose word counts, with commas, as in 10.0.0.0/8."""
    open_browser: bool = True
    """Open the page in the default browser after the start."""
    database_url: str = ""
    """SQLAlchemy address of the transcript store. Default: alex.db in `home`."""
    keep_days: int = Field(default=0, ge=0)
    """Days after its last change on which a conversation is deleted for good; questions likewise. 0: never."""
    xapi_url: str = ""
    """Address of a learning record store (xAPI), as in https://lrs.example.org/xapi; a server tells it of finished
    rehearsals. Default: nobody is told anything."""
    xapi_key: str = Field(default="", repr=False)
    """Name with which a server signs in to the learning record store."""
    xapi_secret: str = Field(default="", repr=False)
    """Password with which it does."""
    xapi_home: str = ""
    """Address under which the store files the pseudonyms. Default: `address`."""
    keep_nothing: bool = False
    """Write no words of anybody's to the disk: conversations are in memory, and gone when the program ends."""
    chroma_url: str = ""
    """Address of a Chroma server. Default: embedded, in `home`."""
    openai_api_key: str = Field(default="", validation_alias="OPENAI_API_KEY")
    model: str = ""
    """Name of the language model; or provider:name, for a provider whose LangChain package is installed."""
    model_url: str = ""
    """Address of anything that speaks OpenAI's protocol."""
    model_price: str = Field(default="", pattern=r"^(\d+(\.\d+)?/\d+(\.\d+)?)?$")
    """US dollars for a million tokens sent and a million heard, as "0.40/1.60"; empty for the price list shipped."""
    model_timeout_s: float = Field(default=20.0, gt=0)
    """Longest wait for one worded line, in seconds, everything included."""
    stay_local: bool = False
    """Use no language model even where one is set."""

    @property
    def prompts(self) -> Path:
        """Return the folder of the scenarios, the codebook and the rubric."""
        return self._content_root() / "prompts"

    @property
    def knowledge(self) -> Path:
        """Return the folder of the articles."""
        return self._content_root() / "knowledge"

    @property
    def record_url(self) -> str:
        """Return the SQLAlchemy address of the transcript store."""
        return self.database_url or f"sqlite:///{self.home / 'alex.db'}"

    @property
    def library_path(self) -> Path:
        """Return the SQLite file that holds passages, vectors and hashes."""
        return self.home / "library.db"

    @property
    def added_path(self) -> Path:
        """Return the folder of the articles that were added on the page or with `alex library add`: copies."""
        return self.home / "articles"

    @property
    def told_path(self) -> Path:
        """Return the file of what people told the library about its articles."""
        return self.home / "articles.yaml"

    @property
    def index_path(self) -> Path:
        """Return the folder of the embedded Chroma index: a cache that can be rebuilt."""
        return self.home / "index"

    @property
    def vectors_path(self) -> Path:
        """Return the folder in which what the scenarios hold is kept by meaning; it may be deleted at any time."""
        return self.home / "vectors"

    @property
    def is_server(self) -> bool:
        """Return whether several people use this, so that each has to sign in."""
        return self.accounts or bool(self.address or self.sign_in_header) or self.host not in LOOPBACK

    @property
    def tells_a_store(self) -> bool:
        """Return whether a learning record store is told of finished rehearsals."""
        return self.is_server and bool(self.xapi_url)

    @property
    def kept_on(self) -> str:
        """Return what everything is kept on, in a word."""
        return "server" if self.is_server else "laptop"

    @property
    def model_chosen(self) -> bool:
        """Return whether the leader has chosen a language model, and has not switched to staying local."""
        return self.model_set and not self.stay_local and not self.local_mark.exists()

    @property
    def model_set(self) -> bool:
        """Return whether a language model is set, used or not."""
        return bool(self.openai_api_key or self.model_url or ":" in self.model)

    @property
    def local_mark(self) -> Path:
        """Return the file that means: use no model, whatever is set. The switch on the page makes and removes it."""
        return self.home / "stay-local"

    def _content_root(self) -> Path:
        if self.content is not None:
            return self.content
        beside = PACKAGE.parent
        return beside if (beside / "prompts").is_dir() else PACKAGE / "shipped"


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Return the settings of this process. Raise UsageError, in plain words, if one cannot be used."""
    silence_third_parties()
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ALEX_" + str(first["loc"][0]).upper()
        raise UsageError(f"The setting {name} cannot be used: {first['msg']}.", "See .env.example.") from error


SENDS_TRACES: dict[str, dict[str, None]] = {
    "opentelemetry.exporter.otlp.proto.grpc": {},
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter": {"OTLPSpanExporter": None},
}
"""What Chroma loads to send traces elsewhere, with the names that it asks for: it is never loaded (13 MB)."""


def silence_third_parties() -> None:
    """Turn off every telemetry, tracing and download that a library would do by itself."""
    for name, value in {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_RUN_HISTORY": "false",
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(
            10**9
        ),  # events between two looks at their times, for which it loads pandas
        "ANONYMIZED_TELEMETRY": "False",
        "LANGSMITH_TRACING": "false",
        "LANGSMITH_TRACING_V2": "false",
        "LANGCHAIN_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "LANGSMITH_GATEWAY": "false",
        "TRACELOOP_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OTEL_SDK_DISABLED": "true",
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ[name] = value
    for name, holds in SENDS_TRACES.items():
        placeholder = types.ModuleType(name)
        placeholder.__dict__.update(holds)
        sys.modules.setdefault(name, placeholder)
