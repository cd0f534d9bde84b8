# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A team's repository with its tenants and its Vault, and a shell in which the steps of a pipeline run as they are."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.sailpoint_community.isc.tests.simulator.client import SimulatorClient
from ansible_collections.sailpoint_community.isc.tests.simulator.seeds import MY_RIGHTS
from ansible_collections.sailpoint_community.isc.tests.stores.benches.hashi_vault_bench import POLICY
from ansible_collections.sailpoint_community.isc.tests.stores.servers.vault_server import (
    Answer,
    Request,
    Secret,
    VaultServer,
    Version,
    refusal,
    unexpected,
)

COLLECTION = Path(__file__).resolve().parents[2]
PIPELINES = COLLECTION / "docs" / "pipelines"
EXAMPLE = PIPELINES / "example-repo"
TENANTS = ("acme", "acme-sandbox")
SCOPES = ["idn:accounts:read", "idn:identities:read"]

STAND_IN = """#!/bin/sh
echo "$0 $*" >> "$STAND_INS"
"""
"""What takes the place of a program that fetches something; the test has installed all of it before."""

PYTHON = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
mkdir -p "$3/bin"
cp "$(dirname "$0")/pip" "$(dirname "$0")/ansible-galaxy" "$3/bin"
"""
"""What takes the place of python3: an environment that it makes has stand-ins in it."""


def bootstrap(number: int) -> dict[str, Any]:
    """Return the token that somebody has made by hand for the pipeline of one tenant, half a year ago at most."""
    return {
        "id": f"b007{number:04x}" * 4,
        "secret": f"b007{number:04x}" * 8,
        "owner": f"1d{number:06x}" * 4,
        "name": "Ansible",
        "scope": ["sp:my-personal-access-tokens:read", "sp:my-personal-access-tokens:manage"],
        "created": "-30d",
        "expirationDate": "+60d",
    }


def seed() -> dict[str, Any]:
    """Return the two tenants as they are on the first day: each has an owner with the pipeline's own token."""
    tokens = [bootstrap(number) for number in range(len(TENANTS))]
    owners = [
        {"id": token["owner"], "name": name, "user_name": name, "rights": [*MY_RIGHTS, *SCOPES]}
        for name, token in zip(TENANTS, tokens)
    ]
    return {"identities": owners, "tokens": tokens}


@dataclass
class Login:
    """A role of Vault's method jwt: what an identity has to claim, and the token that it then gets."""

    claims: Mapping[str, str]
    token: str


@dataclass
class Desk:
    """A checkout of the example repository, a Vault, and the environment of a shell."""

    folder: Path
    simulator: SimulatorClient
    vault: VaultServer
    logins: dict[str, Login] = field(default_factory=dict)
    output: str = ""

    def prepare(self) -> None:
        """Check the repository out, point its tenants at the simulator, and put the first tokens into Vault."""
        self.simulator.reset(seed())
        self.vault.vault.fault = self._log_in
        shutil.copytree(EXAMPLE, self.workspace)
        inventory = self.workspace / "inventory.yml"
        hosts = {name: {"isc_base_url": self.simulator.base_url} for name in TENANTS}
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
        for number, name in enumerate(TENANTS):
            token = bootstrap(number)
            pair = {"client_id": token["id"], "client_secret": token["secret"]}
            self.entry(name, "ansible").versions.append(Version({"base_url": self.simulator.base_url, **pair}))
        for name in ("home", "bin", "tmp"):
            (self.folder / name).mkdir()
        programs = {"pip": STAND_IN, "ansible-galaxy": STAND_IN, "python3": PYTHON.format(python=sys.executable)}
        for name, text in programs.items():
            program = self.folder / "bin" / name
            program.write_text(text, encoding="utf-8")
            program.chmod(0o700)

    @property
    def workspace(self) -> Path:
        """The checkout."""
        return self.folder / "work"

    def entry(self, tenant: str, key: str) -> Secret:
        """Return an entry of Vault, made if it is not there."""
        return self.vault.vault.secrets.setdefault(("", "secret", f"isc/{tenant}/{key}"), Secret())

    def stored(self, tenant: str, key: str) -> dict[str, Any]:
        """Return what Vault holds of a token."""
        data = self.entry(tenant, key).versions[-1].data
        assert data is not None
        return data

    def names(self, tenant: str) -> list[str]:
        """Return the names of a tenant's tokens, sorted."""
        owner = bootstrap(TENANTS.index(tenant))["owner"]
        return sorted(token["name"] for token in self.simulator.state()["tokens"] if token["owner"] == owner)

    def allow(self, role: str, **claims: str) -> None:
        """Add a role to Vault's method jwt; ``claims`` are its bound claims and its audience."""
        token = f"hvs.fake-{role}"
        self.logins[role] = Login(claims, token)
        self.vault.vault.policies[token] = POLICY

    def _log_in(self, request: Request) -> Answer | None:
        """Answer a login with a JSON Web Token as Vault does, and leave every other request to it."""
        if request.path != "auth/jwt/login":
            return None
        if request.method != "POST" or set(request.body or ()) != {"role", "jwt"}:
            return unexpected("login")
        login = self.logins.get(request.body["role"])
        if login is None:
            return refusal(400, f"role {request.body['role']!r} could not be found")
        parts = request.body["jwt"].split(".")
        if len(parts) != 3:
            return refusal(400, "error validating token: malformed")
        claimed = json.loads(base64.urlsafe_b64decode(parts[1]))
        for claim, value in login.claims.items():
            if claimed.get(claim) != value:
                return refusal(400, f'error validating claims: claim "{claim}" does not match')
        auth = {"client_token": login.token, "lease_duration": 900, "renewable": True}
        return Answer(200, {"request_id": "fake", "data": None, "auth": auth})

    def environment(self) -> dict[str, str]:
        """Return what every runner has; nothing of the caller's settings is in it."""
        programs = [str(self.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        return {
            "PATH": os.pathsep.join(programs),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "STAND_INS": str(self.folder / "stand-ins.log"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }

    def shell(self, script: str, variables: Mapping[str, str], *options: str) -> int:
        """Run a script in the checkout with bash, and return its exit status; no secret may be in its output."""
        file = self.folder / "step.sh"
        file.write_text(script, encoding="utf-8")
        ended = subprocess.run(
            ["bash", *options, str(file)],
            cwd=self.workspace,
            env={**self.environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output += ended.stdout
        hidden = [*self.simulator.secret_texts(), *(login.token for login in self.logins.values())]
        assert not [secret for secret in hidden if secret in ended.stdout]
        assert not re.search(r"fake\.\S+\.jwt", ended.stdout)
        return ended.returncode

    def clean(self) -> None:
        """Remove what runs have left in the checkout, as a fresh one does not have it."""
        for name in ("report", "approved", "comment", ".venv"):
            shutil.rmtree(self.workspace / name, ignore_errors=True)
        for name in ("plan.md", "plan.json"):
            (self.workspace / name).unlink(missing_ok=True)

    def stand_ins(self) -> list[str]:
        """Return the calls of the programs that fetch something."""
        log = self.folder / "stand-ins.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [line.removeprefix(f"{self.workspace}/") for line in lines]
