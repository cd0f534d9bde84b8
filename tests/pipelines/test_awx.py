# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX: the credential type is registered once, and gives a job what the modules read; the execution environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from ansible_collections.sailpoint_community.isc.tests.pipelines.awx_server import Awx
from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import PIPELINES, Desk
from ansible_collections.sailpoint_community.isc.tests.pipelines.server import serving

REGISTER = PIPELINES / "awx" / "register_credential_type.yml"
EXECUTION_ENVIRONMENT = PIPELINES / "execution-environment.yml"
PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def awx() -> Awx:
    """An AWX without a credential type of ours."""
    return Awx()


@pytest.fixture
def address(awx: Awx) -> Iterator[str]:
    """Where that AWX listens."""
    with serving(awx.respond) as url:
        yield url


def register(desk: Desk, address: str, *options: str) -> int:
    """Run the playbook."""
    variables = {"CONTROLLER_HOST": address, "CONTROLLER_OAUTH_TOKEN": "fake-awx-token", "PLAYBOOK": str(REGISTER)}
    return desk.shell(f'ansible-playbook "$PLAYBOOK" {" ".join(options)}', variables)


def recap(desk: Desk) -> tuple[int, ...]:
    """Return the numbers of changed and failed tasks of the last run."""
    found = re.findall(r"changed=(\d+) .* failed=(\d+)", desk.output)[-1]
    return tuple(map(int, found))


def test_it_is_registered_once(desk: Desk, awx: Awx, address: str) -> None:
    assert register(desk, address) == 0, desk.output
    assert recap(desk) == (1, 0)
    assert [each["name"] for each in awx.types] == ["SailPoint ISC"]

    assert register(desk, address) == 0, desk.output
    assert recap(desk) == (0, 0)
    assert awx.writes == 1


def test_one_of_an_older_version_is_brought_up_to_date(desk: Desk, awx: Awx, address: str) -> None:
    assert register(desk, address) == 0, desk.output
    awx.types[0]["injectors"] = {"env": {"SAIL_BASE_URL": "{{ base_url }}"}}
    awx.in_use = {1}
    assert register(desk, address) == 0, desk.output
    assert recap(desk) == (1, 0)
    assert set(awx.types[0]["injectors"]["env"]) == {"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET"}


def test_check_mode_writes_nothing(desk: Desk, awx: Awx, address: str) -> None:
    assert register(desk, address, "--check") == 0, desk.output
    assert awx.writes == 0


def test_the_gateway_of_the_platform_has_another_path(desk: Desk, awx: Awx, address: str) -> None:
    awx.root = "/api/controller/v2"
    assert register(desk, address, "-e controller_api=/api/controller/v2") == 0, desk.output
    assert len(awx.types) == 1


def test_the_environment_of_a_job_is_what_the_modules_read(desk: Desk, awx: Awx, address: str) -> None:
    assert register(desk, address) == 0, desk.output
    given = {"base_url": desk.simulator.base_url, "client_id": "b0070000" * 4, "client_secret": "b0070000" * 8}
    templates = awx.types[0]["injectors"]["env"]
    variables = {name: Environment().from_string(text).render(given) for name, text in templates.items()}
    command = "ansible localhost -m sailpoint_community.isc.personal_access_token_info"
    assert desk.shell(command, variables) == 0, desk.output
    assert '"name": "Ansible"' in desk.output


def test_the_secret_is_a_secret_to_awx(desk: Desk, awx: Awx, address: str) -> None:
    assert register(desk, address) == 0, desk.output
    secret = [each["id"] for each in awx.types[0]["inputs"]["fields"] if each.get("secret")]
    assert secret == ["client_secret"]


def launch(
    desk: Desk, playbook: str, limit: str = "", private: bool = True, **variables: Any
) -> tuple[int, dict[str, Any]]:
    """Run a playbook of the project as AWX does, by ansible-runner; return how it ended, and its artifacts.

    AWX imports the inventory before, with its group_vars and host_vars, and gives a job a script that prints it. It
    names its folder to the job, which a pod does not have: ``private`` is whether it is there.
    """
    folder = desk.folder / f"job-{playbook}-{len(list(desk.folder.glob('job-*')))}"
    for name in ("env", "inventory"):
        (folder / name).mkdir(parents=True)
    (folder / "project").symlink_to(desk.workspace)
    (folder / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
    imported, script = folder / "hosts.json", folder / "inventory" / "hosts"
    assert desk.shell(f"ansible-inventory --inventory inventory.yml --list --export > {imported}", {}) == 0
    script.write_text(f"#!/bin/sh\ncat {imported}\n", encoding="utf-8")
    script.chmod(0o700)
    vault = {"VAULT_ADDR": desk.vault.url, "VAULT_TOKEN": "hvs.fake-pod"}
    own = {"AWX_PRIVATE_DATA_DIR": str(folder if private else folder / "elsewhere")}
    options = f"--limit {limit}" if limit else ""
    status = desk.shell(f"ansible-runner run {folder} --playbook {playbook} --ident job {options}", {**vault, **own})
    events = (folder / "artifacts" / "job" / "job_events").glob("*.json")
    # An event of mere output has no data of its own.
    data = [json.loads(event.read_text(encoding="utf-8")).get("event_data", {}) for event in events]
    return status, next(filter(None, (each.get("artifact_data") for each in data)), {})


def plans_left(desk: Desk) -> list[Path]:
    """Return the plans that jobs have left, and the playbooks that put one where all jobs may read it."""
    folders = [desk.folder / "tmp", *desk.folder.glob("job-*")]
    found = [file for folder in folders for file in folder.rglob("plan.json")]
    return [*found, *(file for file in REGISTER.parent.glob("*.yml") if "/tmp" in file.read_text(encoding="utf-8"))]


@pytest.fixture
def project(desk: Desk) -> Desk:
    """A desk whose checkout is a project of AWX, and whose Vault knows the pods."""
    desk.allow("pod")
    for playbook in sorted(REGISTER.parent.glob("*.yml")):
        shutil.copy(playbook, desk.workspace)
    return desk


def test_a_workflow_plans_and_applies_what_was_approved(project: Desk) -> None:
    status, artifacts = launch(project, "plan.yml")
    assert status == 0, project.output
    assert set(artifacts) == {"isc_approved_plan"}
    assert project.names("acme") == ["Ansible"]

    status, _artifacts = launch(project, "apply.yml", **artifacts)

    assert status == 0, project.output
    assert project.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]
    assert not plans_left(project)


@pytest.mark.parametrize("private", [True, False], ids=["folder", "pod"])
def test_a_limit_holds_for_the_plan_and_for_its_way(project: Desk, private: bool) -> None:
    status, artifacts = launch(project, "plan.yml", "acme", private)
    assert status == 0, project.output
    assert set(artifacts) == {"isc_approved_plan"}

    status, _artifacts = launch(project, "apply.yml", "acme", private, **artifacts)

    assert status == 0, project.output
    assert project.names("acme") == ["Ansible", "Audit Feed", "Ticket Sync"]
    assert project.names("acme-sandbox") == ["Ansible"]
    assert not plans_left(project)


def test_the_last_node_cannot_be_started_alone(project: Desk) -> None:
    status, _artifacts = launch(project, "apply.yml")
    assert status != 0
    assert project.names("acme") == ["Ansible"]


def test_a_night_does_nothing_that_nobody_has_approved(project: Desk) -> None:
    status, _artifacts = launch(project, "rotate.yml")
    assert status == 2
    assert "only_due" in project.output
    assert project.names("acme") == ["Ansible"]


def test_a_night_rotates(project: Desk) -> None:
    _status, artifacts = launch(project, "plan.yml")
    launch(project, "apply.yml", **artifacts)
    before = project.stored("acme", "ansible")["client_id"]
    project.simulator.advance(days=45)
    status, _artifacts = launch(project, "rotate.yml")
    assert status == 0, project.output
    assert project.stored("acme", "ansible")["client_id"] != before


def test_an_execution_environment_can_be_built_from_the_definition(tmp_path: Path) -> None:
    """As far as that goes without a container engine."""
    command = [str(PROGRAMS / "ansible-builder"), "create", "--file", str(EXECUTION_ENVIRONMENT)]
    subprocess.run(
        [*command, "--context", str(tmp_path), "--output-filename", "Containerfile"],
        check=True,
        capture_output=True,
        env={"PATH": os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]), "HOME": str(tmp_path)},
    )
    containerfile = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-core" in containerfile
    requirements = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert requirements == {"collections": [{"name": "sailpoint_community.isc"}]}
    assert "hvac" in (tmp_path / "_build" / "requirements.txt").read_text(encoding="utf-8")
