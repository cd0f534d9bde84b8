# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in to Vault with the identity of the job, and print a Vault token.

VAULT_ADDR, VAULT_ROLE and VAULT_JWT say where, as what and with which JSON Web Token. VAULT_JWT_MOUNT is where the
method jwt is mounted, jwt by default; VAULT_NAMESPACE is for HashiCorp Vault Enterprise and OpenBao.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request


def main() -> None:
    """Print the token. Exit with a message where Vault refuses."""
    missing = [name for name in ("VAULT_ADDR", "VAULT_ROLE", "VAULT_JWT") if not os.environ.get(name)]
    if missing:
        sys.exit(f"ci/vault.py: {', '.join(missing)} not set; the pipeline's job has to set it")
    mount = os.environ.get("VAULT_JWT_MOUNT", "jwt")
    role = os.environ["VAULT_ROLE"]
    headers = {"Content-Type": "application/json", "X-Vault-Request": "true"}
    if os.environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = os.environ["VAULT_NAMESPACE"]
    request = urllib.request.Request(
        f"{os.environ['VAULT_ADDR'].rstrip('/')}/v1/auth/{mount}/login",
        data=json.dumps({"role": role, "jwt": os.environ["VAULT_JWT"]}).encode(),
        headers=headers,
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            print(json.load(answer)["auth"]["client_token"])
    except urllib.error.HTTPError as error:
        said = "; ".join(json.loads(error.read() or b"{}").get("errors", ()))
        sys.exit(
            f"ci/vault.py: Vault refused the login as role {role} at auth/{mount} ({error.code}: {said}); compare the "
            "role's bound_audiences and bound_claims with this job's"
        )
    except urllib.error.URLError as error:
        sys.exit(f"ci/vault.py: Vault at {os.environ['VAULT_ADDR']} was not reached: {error.reason}")


if __name__ == "__main__":
    main()
