# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the playbook at -vvvv, and search all that it printed and every file that it wrote for the secrets.

The one argument is the folder with what runme.sh has prepared.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.sailpoint_community.isc.tests.leak.harness import COLLECTIONS, Playground

HERE = Path(__file__).resolve().parent
BASE_URL = "https://fake.api.identitynow.invalid"
COLLECTION = COLLECTIONS / "ansible_collections" / "sailpoint_community" / "isc"


def variables_for(folder: Path) -> dict[str, Any]:
    """Return what the playbook is given; secrets are in nothing else, since ansible-core quotes playbooks in errors."""
    aws = json.loads((folder / "aws").read_text(encoding="utf-8"))
    return {
        "work": str(folder),
        "collection": str(COLLECTION),
        "vault_url": (folder / "vault").read_text(encoding="utf-8"),
        "vault_token": "hvs.fake-vault-token-given",
        "vault_secret_id": "fake-secret-id-of-a-role",
        "aws_url": aws["url"],
        "aws_allowed": aws["allowed"],
        "aws_denied": aws["denied"],
        # With characters that mean something in YAML or a shell.
        "first_secret": "*not-a-secret:#of{the}first<pair>&%=!",
        "second_secret": "not-a-secret-of-the-second-pair",
    }


def changing_reads(output: str) -> Iterator[str]:
    """Yield every task of a store's read.yml that says it has changed anything."""
    path = ""
    for line in output.splitlines():
        if line.startswith("task path: "):
            path = line
        elif line.startswith("changed: ") and "/read.yml:" in path:
            yield path


def main() -> None:
    folder = Path(sys.argv[1])
    variables = variables_for(folder)
    playground = Playground(folder / "run", BASE_URL)
    playground.host("fake-tenant", ansible_connection="local")
    finished = playground.play(
        HERE / "playbook.yml",
        variables,
        f"--vault-id=fake@{folder}/vault_password",
        ANSIBLE_PYTHON_INTERPRETER=sys.executable,
        GNUPGHOME=os.environ["GNUPGHOME"],
    )
    password = (folder / "vault_password").read_text(encoding="utf-8").strip()
    secrets = [value for name, value in variables.items() if name.endswith(("_secret", "_token", "_secret_id"))]
    secrets += [variables["aws_allowed"]["secret_key"], variables["aws_denied"]["secret_key"], password]
    faults = [f"a secret has leaked: {leak}" for leak in finished.leaks(secrets)]
    faults += [f"a read has changed something: {path}" for path in changing_reads(finished.stdout)]
    if finished.code or faults:
        print(finished.stdout, finished.stderr)
    else:
        print(finished.stdout[finished.stdout.index("PLAY RECAP") :])
    sys.exit("\n".join(faults) or finished.code)


if __name__ == "__main__":
    main()
