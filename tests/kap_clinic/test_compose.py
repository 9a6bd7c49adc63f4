"""The production shape, read as text: what each service starts, sets and asks for is there in the code.

No container runs here; what only a running engine can show is not claimed.
"""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from kap_clinic.celery import app as celery

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "kap-clinic:latest"]
KEYS = {
    "build", "image", "restart", "init", "read_only", "tmpfs", "cap_drop", "cap_add", "security_opt", "environment",
    "secrets", "depends_on", "networks", "logging", "volumes", "shm_size", "healthcheck", "entrypoint", "command",
    "mem_limit", "ports", "configs",
}  # fmt: skip


def test_every_service_of_the_issue_is_there_and_ours_are_one_image():
    assert set(SERVICES) == {"postgres", "roles", "valkey", "migrate", "web", "worker", "beat", "proxy"}
    assert set(OURS) == {"migrate", "web", "worker", "beat"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_only_what_compose_knows_and_names_only_what_is_declared(name):
    service = SERVICES[name]

    assert set(service) <= KEYS
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for needed, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed], f"{name} waits for the health of {needed}, which has no check"
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_images_of_others_are_pinned_to_a_version():
    others = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    assert all(re.search(r":\d", image) for image in others), others


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_locked_down_as_nobody(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r"^USER kap$", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_a_service_gives_is_read_by_the_code(name):
    read = (ROOT / "kap_clinic" / "settings.py").read_text()

    for setting, value in SERVICES[name]["environment"].items():
        plain = setting.removesuffix("_FILE") if str(value).startswith("/run/secrets/") else setting
        assert f'"{plain}"' in read, f"{setting} is set and nobody reads it"


@pytest.mark.parametrize("name", OURS)
def test_no_secret_stands_in_the_file_and_each_one_named_is_given(name):
    service = SERVICES[name]

    for setting, value in service["environment"].items():
        if setting.endswith("_FILE") and str(value).startswith("/run/secrets/"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]
        assert not re.search(r"(PASSWORD|SECRET|KEYS|DATABASE_URL|REDIS_URL)$", setting), f"{setting} is in the open"


def test_what_a_real_clinic_must_have_is_set():
    given = SERVICES["web"]["environment"]

    assert {"BEHIND_PROXY", "ALLOWED_HOSTS", "BASE_URL", "AUDIT_HEADS_FILE", "EMAIL_BACKEND"} <= set(given)
    assert not {"DEBUG", "DEMO", "TESTING"} & set(given)


def test_each_command_starts_something_that_exists():
    assert SERVICES["migrate"]["command"][:4] == ["python", "-m", "django", "migrate"]
    assert "migrate" in get_commands()
    for name in ("worker", "beat"):
        program, _, app, verb, *_ = SERVICES[name]["command"]
        assert (program, app, verb) == ("celery", celery.main, name)
    assert '"gunicorn", "kap_clinic.wsgi"' in DOCKERFILE
    assert importlib.util.find_spec("kap_clinic.wsgi")


def test_the_roles_of_the_database_are_the_ones_the_code_knows():
    script = SERVICES["roles"]["command"][0]
    known = (ROOT / "kap_clinic" / "dev" / "roles.sql").read_text()

    for role in re.findall(r"alter role (\w+) password", script):
        assert f"'{role}'" in known


def test_health_paths_answer(client, db):
    asked = re.search(r"127\.0\.0\.1:8000(/\w+)", " ".join(SERVICES["web"]["healthcheck"]["test"]))
    behind_proxy = re.search(r"health_uri (/\w+)", COMPOSE["configs"]["caddyfile"]["content"])

    assert client.get(asked[1]).status_code == 200
    assert client.get(behind_proxy[1]).status_code in {200, 503}


def test_the_proxy_keeps_no_log_and_hides_the_inside():
    content = COMPOSE["configs"]["caddyfile"]["content"]

    assert not re.search(r"^\s*log\b", content, re.MULTILINE), "an address can hold the token of a patient link"
    assert "respond @inside 404" in content
    assert set(SERVICES["proxy"]["networks"]) == {"front", "out"}, "the proxy does not reach the database"
    assert COMPOSE["networks"]["inside"]["internal"] is True
