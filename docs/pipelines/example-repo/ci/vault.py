# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log in to Vault with the identity of the job, and print a Vault token.

VAULT_ADDR, VAULT_ROLE and VAULT_JWT say where, as what and with which JSON Web Token. VAULT_JWT_MOUNT is where the
method jwt is mounted, jwt by default; VAULT_NAMESPACE is for HashiCorp Vault Enterprise and OpenBao.
"""

from __future__ import annotations

import os
import sys

import web


def main() -> None:
    """Print the token. Exit with a message where Vault refuses, or is not reached."""
    missing = [name for name in ("VAULT_ADDR", "VAULT_ROLE", "VAULT_JWT") if not os.environ.get(name)]
    if missing:
        sys.exit(f"ci/vault.py: {', '.join(missing)} not set; the pipeline's job has to set it")
    address, role = os.environ["VAULT_ADDR"].rstrip("/"), os.environ["VAULT_ROLE"]
    mount = os.environ.get("VAULT_JWT_MOUNT", "jwt")
    headers = {"X-Vault-Request": "true"}
    if os.environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = os.environ["VAULT_NAMESPACE"]
    body = {"role": role, "jwt": os.environ["VAULT_JWT"]}
    try:
        print(web.call_json("POST", f"{address}/v1/auth/{mount}/login", headers, body)["auth"]["client_token"])
    except web.UnsentError as error:
        sys.exit(f"ci/vault.py: {error}")
    except web.CallError as error:
        if 400 <= error.status < 500:
            sys.exit(
                f"ci/vault.py: Vault refused the login as role {role} at auth/{mount} ({error}); compare the role's "
                "bound_audiences and bound_claims with this job's"
            )
        sys.exit(f"ci/vault.py: Vault at {address} did not log the job in ({error}); look at Vault, then run it again")


if __name__ == "__main__":
    main()
