# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipeline's own token has leaked: what docs/emergency.md says of that."""

from __future__ import annotations

import re

from ansible_collections.sailpoint_community.isc.tests.pipelines.desk import COLLECTION, Desk, bootstrap

PAGE = COLLECTION / "docs" / "emergency.md"


def command() -> str:
    """Return the command of the page for the token that Ansible authenticates with."""
    text = PAGE.read_text(encoding="utf-8")
    (chapter,) = re.findall(r"## The token that Ansible authenticates with\n(.+?)\n## ", text, re.DOTALL)
    (found,) = re.findall(r"```shell\n( *ansible-playbook .+?)```", chapter, re.DOTALL)
    return str(found)


def test_one_run_replaces_the_token_that_it_authenticates_with(desk: Desk) -> None:
    desk.allow("person")
    vault = {"VAULT_ADDR": desk.vault.url, "VAULT_TOKEN": "hvs.fake-person"}
    leaked = bootstrap(0)
    other = desk.stored("acme-sandbox", "ansible")

    assert desk.shell(command(), vault) == 0, desk.output

    new = desk.stored("acme", "ansible")
    assert new["client_id"] != leaked["id"]
    assert desk.simulator.works(new["client_id"], new["client_secret"])
    assert not desk.simulator.works(leaked["id"], leaked["secret"])
    assert desk.names("acme") == ["Ansible"]
    assert desk.stored("acme-sandbox", "ansible") == other
