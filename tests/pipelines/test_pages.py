# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages on pipelines say what the files do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import COLLECTION, EXAMPLE, PIPELINES
from ansible_collections.sailpoint_community.isc.tests.stores.benches.hashi_vault_bench import POLICY

PAGE = COLLECTION / "docs" / "pipelines.md"
AWX = PIPELINES / "awx.md"
MAIN = r"github\.com/sailpoint-community/ansible-isc/(?:blob|tree)/main/([\w./-]+\w)"


@pytest.mark.parametrize("page", [PAGE, AWX], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = [COLLECTION / target for target in re.findall(MAIN, text)]
    paths += [page.parent / target for target in re.findall(r"\]\(([\w./-]+\.md)[)#]", text)]
    assert len(paths) > 4
    assert not [path for path in paths if not path.exists()]
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= anchors


@pytest.mark.parametrize("file", ["group_vars/all.yml", "host_vars/acme.yml", "host_vars/acme-sandbox.yml"])
def test_the_declaration_fits_the_schema_that_it_names(file: str) -> None:
    path = EXAMPLE / file
    schema = COLLECTION / "docs" / "tokens.schema.json"
    address = json.loads(schema.read_text(encoding="utf-8"))["$id"]
    assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={address}\n")
    check = [str(Path(sys.executable).parent / "check-jsonschema"), "--schemafile", str(schema), str(path)]
    ended = subprocess.run(check, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_messages_that_the_page_explains_are_said() -> None:
    quoted = re.findall(r"^\| `ci/(\w+\.py): (.+?)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(quoted) > 5
    for script, message in quoted:
        code = re.sub(r"\{.+?\}", "…", (EXAMPLE / "ci" / script).read_text(encoding="utf-8"))
        parts = [part.strip() for part in message.replace("VAULT_ROLE", "…").split("…") if part.strip()]
        assert parts
        assert all(part in code for part in parts), message


def test_the_policy_is_the_one_that_the_tests_have() -> None:
    (policy,) = re.findall(r"```hcl\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    granted = {
        path: frozenset(re.findall(r'"(\w+)"', capabilities))
        for path, capabilities in re.findall(r'path "(.+?)" \{\s+capabilities = \[(.+?)\]', policy)
    }
    assert granted
    assert granted == {path: POLICY[path] for path in granted}


def test_the_policy_is_written_under_the_name_that_the_roles_have() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (name,) = re.findall(r"^vault policy write ([\w-]+) ([\w-]+)\.hcl$", text, re.MULTILINE)
    assert name[0] == name[1]
    bodies = re.findall(r"<<'JSON'\n(.+?)\nJSON", text, re.DOTALL)
    assert [json.loads(body)["token_policies"] for body in bodies] == [[name[0]], [name[0]]]


def test_the_roles_are_those_that_the_workflows_ask_for() -> None:
    bodies = re.findall(r"role/([\w-]+) - <<'JSON'\n(.+?)\nJSON", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    claims = {role: json.loads(body)["bound_claims"] for role, body in bodies}
    asked = {}
    for workflow in sorted((PIPELINES / "github-actions").glob("*.yml")):
        for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
            if "env" in job:
                asked[job["env"]["VAULT_ROLE"]] = {"repository": "ORG/REPO", "environment": job["environment"]}
    # Who may run a plan is whoever may push a branch, but only one branch applies.
    asked["isc-apply"]["ref"] = "refs/heads/main"
    assert claims == asked


def test_the_first_token_is_what_a_store_holds() -> None:
    """What the page's printf writes is an entry; its path is that of the example's store."""
    text = PAGE.read_text(encoding="utf-8")
    (command,) = re.findall(r"printf .+?(?=\| vault)", text, re.DOTALL)
    printed = subprocess.run(
        ["bash", "-c", command],
        env={"CLIENT_ID": "fa4e" * 8, "CLIENT_SECRET": "fa4e" * 16},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert set(json.loads(printed)) == {"base_url", "client_id", "client_secret"}
    store = yaml.safe_load((EXAMPLE / "group_vars" / "all.yml").read_text(encoding="utf-8"))["tokens_store"]
    path = store["hashi_vault"]["path"].replace("{{ inventory_hostname }}", "acme").replace("{key}", "ansible")
    assert f"vault kv put secret/{path} -" in text


def test_every_file_of_the_repository_is_in_the_table() -> None:
    (table,) = re.findall(r"## The repository\n(.+?)\n## ", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    named = set(re.findall(r"`([\w./-]+)`", table))
    files = {str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*") if path.is_file()}
    assert files - {f"host_vars/{name}.yml" for name in ("acme", "acme-sandbox")} <= named


def test_no_message_but_ours_is_a_traceback() -> None:
    """A script that is called in a wrong way says how to call it."""
    for script in ("github.py", "gitlab.py"):
        ended = subprocess.run(
            [sys.executable, str(EXAMPLE / "ci" / script)],
            check=False,
            capture_output=True,
            text=True,
            env={},
        )
        assert ended.returncode == 1
        assert f"ci/{script} " in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_collection_is_installed_where_the_example_looks_for_it(tmp_path: Path) -> None:
    """The folder of an example is open to everybody, as a checkout by a GitLab runner is."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    tmp_path.chmod(0o777)
    script = ". ci/environment.sh && ansible-config dump --only-changed --format json"
    programs = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    dumped = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": programs, "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    settings = {each["name"]: each["value"] for each in json.loads(dumped) if "name" in each}
    assert settings["COLLECTIONS_PATHS"][0] == str(tmp_path / ".venv" / "collections")
    assert settings["DEFAULT_HOST_LIST"] == [str(tmp_path / "inventory.yml")]


def test_a_breaking_version_of_the_collection_does_not_come_by_itself() -> None:
    (collection,) = yaml.safe_load((EXAMPLE / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    version = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    major = int(version.split(".")[0])
    assert collection["version"].endswith(f",<{major + 1}")
