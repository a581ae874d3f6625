"""What runs a server elsewhere, read and not run: no engine for containers is here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from bot.web.app import build_app

DEPLOY = Path(__file__).parent.parent / "deploy"
ROOT = DEPLOY.parent


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_every_setting_that_is_passed_in_is_one(compose: Any) -> None:
    known = {f"ALEX_{name.upper()}" for name in Settings.model_fields}
    image = set(re.findall(r"\bALEX_[A-Z_]+(?==)", (DEPLOY / "Containerfile").read_text(encoding="utf-8")))
    assert image | set(compose["services"]["app1"]["environment"]) <= known
    assert image


def test_every_blank_is_in_the_example(compose: Any) -> None:
    blanks = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    given = set(re.findall(r"(?m)^(\w+)=", (DEPLOY / "alex.env.example").read_text(encoding="utf-8")))
    assert blanks == given


def test_all_that_is_named_is_there(compose: Any) -> None:
    services, volumes = compose["services"], compose["volumes"]
    assert services["app1"] == services["app2"]
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in volumes or (DEPLOY / source).is_file(), volume
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service["networks"]) <= set(compose["networks"])
    for copied in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(encoding="utf-8")):
        assert all((ROOT / path).exists() for path in copied.split())


def test_nothing_but_the_proxy_is_reached_from_outside(compose: Any) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True
    assert [name for name, service in compose["services"].items() if "outside" in service["networks"]] == ["proxy"]


def test_the_proxy_asks_a_route_that_answers_it_under_any_name(compose: Any, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient
    from web_samples import in_a_loop

    from bot.people.person import whoever_asks
    from bot.studio import Studio

    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    asked = re.search(r"health_uri (\S+)", caddy)
    upstreams = re.search(r"reverse_proxy (.+) \{", caddy)
    assert asked is not None
    assert upstreams is not None
    assert [one.split(":")[0] for one in upstreams[1].split()] == ["app1", "app2"]
    studio = Studio(Settings(home=tmp_path, address="https://alex.test", _env_file=None), whoever_asks)
    client = TestClient(in_a_loop(lambda: build_app(studio)), base_url=f"http://{upstreams[1].split()[0]}")
    assert client.get(asked[1]).text == "ready"
    assert client.get("/sign-in").status_code == 403
    studio.whole_record.close()
