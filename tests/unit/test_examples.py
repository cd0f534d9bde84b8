# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example works: those of the modules, and the YAML of the README and the pages of docs/.

First each call of our modules is held against the options; then all are run with ansible-playbook against the
simulator, one playbook for each module and one for the pages. Tasks of other modules that would change the machine show
their options instead, so that these are templated all the same.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import API_VERSIONS
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_export import (
    PERSONAL_ACCESS_TOKEN_EXPORT,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_info import (
    PERSONAL_ACCESS_TOKEN_INFO,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.stored_credentials import (
    STORED_CREDENTIALS,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.connection import connection_from
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.declaration import declared_from
from ansible_collections.sailpoint_community.isc.plugins.module_utils._options.token_set import items_from
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.kinds import has_key, store_from
from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import ADMIN, ADMIN_RIGHTS

pytestmark = pytest.mark.playbooks
COLLECTION = Path(__file__).resolve().parents[2]
FQCN = "sailpoint_community.isc."
GROUP = "group/sailpoint_community.isc.isc"
ENTRIES = {
    entry.name: entry
    for entry in (
        PERSONAL_ACCESS_TOKEN,
        PERSONAL_ACCESS_TOKEN_SET,
        PERSONAL_ACCESS_TOKEN_INFO,
        PERSONAL_ACCESS_TOKEN_EXPORT,
        ACCESS_TOKEN,
        STORED_CREDENTIALS,
    )
}
PAGES = [COLLECTION / "README.md", *sorted(COLLECTION.glob("docs/*.md")), *COLLECTION.glob("roles/*/README.md")]

ROLE = "ansible.builtin.include_role"
HARMLESS = {"ansible.builtin.assert", "ansible.builtin.debug", "ansible.builtin.set_fact", ROLE}
"""Modules of others that run as they are."""

TEMPLATE_STAND_INS = {
    "base_url": "https://fake.api.identitynow.invalid",
    "token_url": "https://fake.api.identitynow.invalid/oauth/token",
    "id": "fa4e" * 8,
    "client_id": "fa4e" * 8,
    "stored_credentials": {},
}
"""What an option that an example templates has in the checks of the options."""

ENVIRONMENT = {
    "SAIL_BASE_URL": "https://fake.api.identitynow.invalid",
    "SAIL_CLIENT_ID": "fa4e" * 8,
    "SAIL_CLIENT_SECRET": "not-a-secret",
}

MANY_TOKENS = {
    f"{FQCN}{entry.name}": {"max_tokens": 40} for entry in (PERSONAL_ACCESS_TOKEN, PERSONAL_ACCESS_TOKEN_SET)
}
"""All the examples together make more tokens than an owner may have, with slots left for their rotations."""

SCOPES = ["idn:accounts:manage", "idn:accounts:read", "idn:identities:read", "idn:sources:read"]
LEFT = "fa4e0ff0" * 4
"""The identity of somebody who has left, in the examples."""


class Example(NamedTuple):
    """A YAML document of the documentation: plays or tasks."""

    source: str
    items: list[dict[str, Any]]


def module_examples(name: str) -> Example:
    """Return the EXAMPLES of a module."""
    module = importlib.import_module(f"ansible_collections.sailpoint_community.isc.plugins.modules.{name}")
    return Example(name, yaml.safe_load(module.EXAMPLES))


def page_examples() -> list[Example]:
    """Return the blocks of the pages that are marked as yaml; an indented one belongs to a list."""
    return [
        Example(f"{page.relative_to(COLLECTION)} {number}", yaml.safe_load(textwrap.dedent(block)))
        for page in PAGES
        for number, block in enumerate(
            re.findall(r"^ *```yaml\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL), 1
        )
    ]


EXAMPLES = [*(module_examples(name) for name in ENTRIES), *page_examples()]


def tasks_of(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every play, block and task."""
    for item in items:
        yield item
        for key in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from tasks_of(item.get(key, []))


def calls_of(items: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield our modules' calls, the names without the collection's."""
    for item in tasks_of(items):
        for key in item:
            if key.startswith(FQCN):
                yield key.removeprefix(FQCN), item[key] or {}


def role_calls_of(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the variables of the calls of our role."""
    for item in tasks_of(items):
        if item.get(ROLE, {}).get("name") == f"{FQCN}tokens":
            yield item["vars"]


def set_call_of(variables: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the call that the role makes of its variables."""
    common = {**variables["tokens_defaults"], **variables.get("tokens_connection", {})}
    own = {"personal_access_tokens": variables["tokens_declared"], "store": variables["tokens_store"]}
    return PERSONAL_ACCESS_TOKEN_SET.name, {**common, **own}


@pytest.mark.parametrize("example", page_examples(), ids=lambda example: example.source)
def test_no_secret_is_lost_because_the_folder_for_it_does_not_exist(example: Example) -> None:
    tasks = list(tasks_of(example.items))
    files = [task["ansible.builtin.copy"]["dest"] for task in tasks if "ansible.builtin.copy" in task]
    made = [task["ansible.builtin.file"]["path"] for task in tasks if "ansible.builtin.file" in task]
    assert not [file for file in files if file.rpartition("/")[0] not in made]


def test_pages_have_examples() -> None:
    assert {example.source.split()[0] for example in page_examples()} >= {
        "README.md",
        "docs/how-it-works.md",
        "roles/tokens/README.md",
    }


def filled(option: str, value: Any) -> Any:
    """Return what an option has in an example, with a stand-in for each template in it."""
    if isinstance(value, dict):
        return {key: filled(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(option, inner) for inner in value]
    return TEMPLATE_STAND_INS.get(option, "fake") if "{{" in str(value) else value


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.source)
def test_calls_are_valid(example: Example) -> None:
    calls = [*calls_of(example.items), *map(set_call_of, role_calls_of(example.items))]
    assert calls
    defaults = [item["module_defaults"][GROUP] for item in tasks_of(example.items) if "module_defaults" in item]
    for name, options in [*calls, *(("access_token", each) for each in defaults)]:
        assert name in ENTRIES
        given = {option: filled(option, value) for option, value in options.items()}
        validation = ArgumentSpecValidator(dict(ENTRIES[name].argument_spec)).validate(given)
        assert not validation.error_messages
        valid = validation.validated_parameters
        assert connection_from(valid, ENVIRONMENT, Secrets())
        if name == STORED_CREDENTIALS.name:
            assert has_key(valid["store"]) is ("key" in options)
            assert options.keys() - {"store", "key"} in ({"credentials"}, {"return_secret"}, {"state"}, set())
            assert all((valid["credentials"] or {"both": True}).values())
        declared = [valid] if name == PERSONAL_ACCESS_TOKEN.name else []
        declared += items_from(valid) if name == PERSONAL_ACCESS_TOKEN_SET.name else []
        for each in declared:
            assert declared_from(each, API_VERSIONS[valid["api_version"]], datetime.now(timezone.utc))
            # The one at the top has been validated with the rest.
            assert each["store"] in (None, valid["store"]) or store_from(each["store"], Secrets())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.source)
def test_calls_of_the_role_are_valid(example: Example) -> None:
    path = COLLECTION / "roles" / "tokens" / "meta" / "argument_specs.yml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    for variables in role_calls_of(example.items):
        assert not ArgumentSpecValidator(spec).validate(variables).error_messages
        assert store_from(variables["tokens_store"], Secrets())
        assert {"expires_in", "rotate_before"} <= set(variables["tokens_defaults"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.source)
def test_tokens_have_an_expiry_and_a_rotation_that_matches_it(example: Example) -> None:
    for name, options in calls_of(example.items):
        making = (PERSONAL_ACCESS_TOKEN.name, PERSONAL_ACCESS_TOKEN_SET.name)
        makes = name in making and options.get("state") != "absent" and "id" not in options
        assert not makes or {"expires_in", "rotate_before"} <= set(options)


def seeded(*tokens: Mapping[str, Any]) -> dict[str, Any]:
    """Return a seed: an administrator with these tokens, and somebody who has left."""
    own = [{"owner": ADMIN.identity_id, "scope": ["idn:accounts:read"], **token} for token in tokens]
    bootstrap = {
        "id": ADMIN.client_id,
        "secret": ADMIN.client_secret,
        "name": "bootstrap",
        "created": "-30d",
        "userAwareTokenNeverExpires": True,
        "scope": ["sp:scopes:all"],
        "owner": ADMIN.identity_id,
    }
    personal = {"owner": LEFT, "name": "Personal Scripts", "scope": ["sp:scopes:all"], "created": "-200d"}
    return {
        "identities": [
            {
                "id": ADMIN.identity_id,
                "name": "Fake Admin",
                "user_name": "fake.admin",
                "rights": [*ADMIN_RIGHTS, *SCOPES],
            },
            {"id": LEFT, "name": "Fake Leaver", "user_name": "fake.leaver", "rights": []},
        ],
        "tokens": [bootstrap, *own, personal],
        "switches": {"max_tokens": 40},
    }


def runnable(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return plays and tasks in which other modules' tasks that would change the machine show their options instead."""
    return [_runnable(item) for item in items]


def _runnable(item: dict[str, Any]) -> dict[str, Any]:
    if "hosts" in item or "block" in item:
        return {key: runnable(value) if key in ("tasks", "handlers", "block") else value for key, value in item.items()}
    foreign = [key for key in item if key.count(".") == 2 and key not in HARMLESS and not key.startswith(FQCN)]
    if not foreign:
        return item
    kept = {key: value for key, value in item.items() if key not in foreign}
    return {**kept, "ansible.builtin.debug": {"msg": item[foreign[0]]}, "changed_when": True}


def as_plays(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a playbook of plays, or of tasks and a handler for each that they notify."""
    if "hosts" in items[0]:
        return [{**play, "module_defaults": {**MANY_TOKENS, **play.get("module_defaults", {})}} for play in items]
    notified = {task["notify"] for task in tasks_of(items) if "notify" in task}
    handlers = [{"name": name, "ansible.builtin.debug": {"msg": name}} for name in sorted(notified)]
    return [
        {
            "name": "Examples",
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": MANY_TOKENS,
            "tasks": items,
            "handlers": handlers,
        },
    ]


class Playbook:
    """The examples as a playbook, for a simulator."""

    def __init__(self, folder: Path, server: SimulatorClient, items: list[dict[str, Any]]) -> None:
        self._folder = folder
        self._server = server
        text = json.dumps(items).replace("/etc/", f"{folder}/etc/")
        (folder / "playbook.yml").write_text(text, encoding="utf-8")
        hosts = (
            "localhost ansible_connection=local\n[service_accounts]\nfake-service-account ansible_connection=local\n"
            f"[all:vars]\nansible_python_interpreter={sys.executable}\n"
        )
        (folder / "hosts").write_text(hosts, encoding="utf-8")
        (folder / "vault-password").write_text("fake-vault-password", encoding="utf-8")
        connection = {
            "isc_base_url": server.base_url,
            "isc_token_url": f"{server.base_url}/oauth/token",
            "isc_client_id": ADMIN.client_id,
            "isc_client_secret": ADMIN.client_secret,
            "tokens_max_tokens": 40,
            "payroll_store": str(folder / "payroll.json"),
            "hr_feed_client_id": "44fa4e00" * 4,
        }
        (folder / "vars.json").write_text(json.dumps(connection), encoding="utf-8")

    def run(self) -> str:
        """Run it to success and return its output, in which no secret may be."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "SAIL_"))}
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "hosts", "-e", "@vars.json", "playbook.yml", "-v"]
        finished = subprocess.run(
            command,
            cwd=self._folder,
            env={
                **inherited,
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
                "ANSIBLE_LOCAL_TEMP": str(self._folder / "tmp"),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_VAULT_PASSWORD_FILE": str(self._folder / "vault-password"),
                "SAIL_BASE_URL": self._server.base_url,
                "SAIL_CLIENT_ID": ADMIN.client_id,
                "SAIL_CLIENT_SECRET": ADMIN.client_secret,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        leaked = [secret for secret in self._server.secret_texts() if secret in finished.stdout]
        assert not leaked
        assert finished.returncode == 0, finished.stdout
        return finished.stdout


def names(server: SimulatorClient) -> list[str]:
    """Return the names of the tokens that are there, sorted."""
    return sorted(token["name"] for token in server.state()["tokens"])


def test_examples_of_personal_access_token_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    legacy = {"id": "1e9acfa4" * 4, "secret": "1e9acfa4" * 8}
    entries = tmp_path / "etc" / "isc"
    entries.mkdir(parents=True)
    held = f"SAIL_BASE_URL={simulator.base_url}\nSAIL_CLIENT_ID={legacy['id']}\nSAIL_CLIENT_SECRET={legacy['secret']}\n"
    (entries / "legacy-sync.env").write_text(held, encoding="utf-8")
    simulator.reset(
        seeded(
            {"name": "Decommissioned Portal", "created": "-90d"},
            {"name": "Legacy Sync", "created": "-9d", "expirationDate": "+81d", **legacy},
            {"name": "what I clicked", "created": "-9d", "expirationDate": "+81d", "id": "fa4e1d00" * 4},
            {
                "name": "Nightly Export",
                "created": "-100d",
                "expirationDate": "+80d",
                "lastUsed": "-1d",
                "id": "e0fa4e00" * 4,
            },
            {"name": "Ticket Bot", "created": "-9d", "expirationDate": "+81d", "lastUsed": "-1d"},
            {
                "name": "Payroll Feed",
                "created": "-20d",
                "expirationDate": "+70d",
                "lastUsed": "-1d",
                "id": "9afa4e00" * 4,
            },
        )
    )

    output = Playbook(tmp_path, simulator, as_plays(runnable(module_examples("personal_access_token").items))).run()

    assert names(simulator) == [
        "Accounts Sync",
        "Ansible",
        "Backup Script",
        "HR Feed",
        "Nightly Export",
        "Nightly Export (previous e0fa4e00)",
        "NodeJS Integration",
        "Payroll Feed",
        "Payroll Feed (previous 9afa4e00)",
        "Reporting Dashboard",
        "Ticket Bot",
        "bootstrap",
    ]
    assert "RUNNING HANDLER [Restart the integration]" in output
    renamed = next(token for token in simulator.state()["tokens"] if token["name"] == "Accounts Sync")
    assert renamed["id"] == legacy["id"]
    assert {path.name: path.read_text(encoding="utf-8") for path in entries.iterdir()} == {"accounts-sync.env": held}
    assert "\nSAIL_CLIENT_SECRET=" in (tmp_path / "etc" / "backup" / "isc.env").read_text(encoding="utf-8")


def test_examples_of_personal_access_token_set_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    held = {"id": "44fa4e00" * 4, "secret": "44fa4e00" * 8}
    simulator.reset(
        seeded(
            {"name": "Decommissioned Portal", "created": "-90d"},
            {"name": "left over", "created": "-90d"},
            {"name": "personal notes", "created": "-90d"},
            {**held, "name": "HR Feed", "created": "-9d", "expirationDate": "+81d", "scope": ["idn:identities:read"]},
        )
    )

    Playbook(tmp_path, simulator, as_plays(runnable(module_examples("personal_access_token_set").items))).run()

    assert names(simulator) == [
        "Backup Script",
        "HR Feed",
        "Nightly Export",
        "Payroll Feed",
        "Personal Scripts",
        "bootstrap",
        "personal notes",
    ]
    stored = json.loads((tmp_path / "etc" / "export" / "isc.json").read_text(encoding="utf-8"))
    assert simulator.works(stored["client_id"], stored["client_secret"])


def test_examples_of_personal_access_token_info_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    simulator.reset(
        seeded(
            {"name": "NodeJS Integration", "created": "-80d", "expirationDate": "+228h", "lastUsed": "-1d"},
            {"name": "Idle", "created": "-170d", "expirationDate": "+252h", "lastUsed": "-100d"},
            {"name": "Gone", "created": "-170d", "expirationDate": "-1d"},
        )
    )
    before = simulator.state()["tokens"]

    output = Playbook(
        tmp_path, simulator, as_plays(runnable(module_examples("personal_access_token_info").items))
    ).run()

    assert "NodeJS Integration expires in 9 days" in output
    assert "Gone expires" not in output
    assert '"Fake Admin, Fake Leaver"' in output
    assert len(before) == len(simulator.state()["tokens"])


def test_examples_of_personal_access_token_export_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    hand = {"name": "NodeJS Integration", "created": "-80d", "expirationDate": "+100d", "lastUsed": "-1d"}
    simulator.reset(seeded(hand, {"name": "Gone", "created": "-170d", "expirationDate": "-1d"}))

    output = Playbook(
        tmp_path, simulator, as_plays(runnable(module_examples("personal_access_token_export").items))
    ).run()

    assert "bootstrap: this run authenticates with it" in output
    assert "Gone: it expired on" in output
    assert "1 token is to be taken over; 7 slots of 10 are free." in output
    declared = (tmp_path / "etc" / "isc" / "declared" / "tokens.yml").read_text(encoding="utf-8")
    assert '  - name: "NodeJS Integration"\n' in declared
    assert "    adopt: true\n" in (tmp_path / "etc" / "isc" / "declared" / "adopted.yml").read_text(encoding="utf-8")


def test_examples_of_access_token_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    stored = {"id": "50fa4e00" * 4, "secret": "50fa4e00" * 8}
    simulator.reset(seeded({**stored, "name": "NodeJS Integration", "expirationDate": "+90d"}))
    store = tmp_path / "etc" / "nodejs-integration" / "isc.json"
    store.parent.mkdir(parents=True)
    store.write_text(json.dumps({"client_id": stored["id"], "client_secret": stored["secret"]}), encoding="utf-8")

    Playbook(tmp_path, simulator, as_plays(runnable(module_examples("access_token").items))).run()

    granted = [entry["body"]["client_id"] for entry in simulator.log(method="POST", path="/oauth/token")]
    assert granted == [ADMIN.client_id, stored["id"], ADMIN.client_id]


def test_examples_of_stored_credentials_run(simulator: SimulatorClient, tmp_path: Path) -> None:
    simulator.reset(seeded())

    output = Playbook(tmp_path, simulator, as_plays(runnable(module_examples("stored_credentials").items))).run()

    assert f'"msg": "{ADMIN.client_id}"' in output
    granted = [entry["body"]["client_id"] for entry in simulator.log(method="POST", path="/oauth/token")]
    assert granted == [ADMIN.client_id]
    assert not list((tmp_path / "etc" / "isc").iterdir())
    moved = tmp_path / "etc" / "tokens" / "nodejs-integration.yml"
    assert moved.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.1;AES256\n")


def test_examples_of_the_pages_run_and_converge(simulator: SimulatorClient, tmp_path: Path) -> None:
    simulator.reset(seeded())
    playbook = Playbook(
        tmp_path, simulator, [play for example in page_examples() for play in as_plays(runnable(example.items))]
    )

    assert "idn:accounts:read" in playbook.run()
    assert names(simulator) == [
        "Audit Feed",
        "Backup Script",
        "CRM Sync",
        "Data Lake",
        "My First Integration",
        "Nightly Export",
        "NodeJS Integration",
        "Personal Scripts",
        "Ticket Sync",
        "Weekly Export",
        "bootstrap",
    ]

    simulator.clear_log()
    playbook.run()
    assert {entry["method"] for entry in simulator.log(path="personal-access-tokens")} == {"GET"}


def test_a_store_in_tasks_of_ones_own_runs_and_converges(simulator: SimulatorClient, tmp_path: Path) -> None:
    simulator.reset(seeded())
    text = (COLLECTION / "docs" / "stores" / "own_tasks.yml").read_text(encoding="utf-8")
    playbook = Playbook(tmp_path, simulator, yaml.safe_load(text))
    entries = [tmp_path / "etc" / "own-store" / f"{name}.json" for name in ("Ticket Sync", "Audit Feed")]

    playbook.run()
    held = [entry.read_text(encoding="utf-8") for entry in entries]
    for entry in map(json.loads, held):
        assert simulator.works(entry["client_id"], entry["client_secret"])
    assert names(simulator) == ["Audit Feed", "Personal Scripts", "Ticket Sync", "bootstrap"]

    assert "changed=0" in playbook.run()
    assert [entry.read_text(encoding="utf-8") for entry in entries] == held

    entries[0].unlink()  # certainly nothing, and nobody has the secret: a new token
    playbook.run()
    assert simulator.works(**json.loads(entries[0].read_text(encoding="utf-8")))
    assert entries[1].read_text(encoding="utf-8") == held[1]

    simulator.clear_log()
    entries[0].write_text("{}", encoding="utf-8")  # it cannot tell: nothing is done
    with pytest.raises(AssertionError, match=r"an entry of the store has no client_id"):
        playbook.run()
    assert not simulator.log(path="personal-access-tokens")
