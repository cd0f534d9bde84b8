# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation of every module that talks to the API shares."""

from __future__ import annotations


class ModuleDocFragment:
    """The connection options, and where the modules run."""

    DOCUMENTATION = r"""
options:
  base_url:
    description:
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com).
      - The default is the environment variable E(SAIL_BASE_URL). One of the two is required.
      - It must begin with C(https://), except on a loopback address.
    type: str
  client_id:
    description:
      - The client id of the personal access token to authenticate with. It is the id of that token.
      - It needs O(client_secret). If you give no credentials, the environment variable E(SAIL_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The client secret of the personal access token to authenticate with.
      - It needs O(client_id). If you give no credentials, the environment variable E(SAIL_CLIENT_SECRET) is used.
    type: str
  access_token:
    description:
      - A bearer token to authenticate with, instead of O(client_id) and O(client_secret). The run then makes no OAuth
        call.
      - A run cannot renew it, and fails once it has expired.
      - If you give no credentials, and E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET) are not set, the environment
        variable E(SAIL_ACCESS_TOKEN) is used.
    type: str
  token_url:
    description:
      - The address where credentials are exchanged for a bearer token. The default is C(/oauth/token) at O(base_url).
      - For a tenant with a vanity domain, C(GET /oauth/info) at O(base_url) returns it as C(tokenEndpoint).
    type: str
  api_version:
    description:
      - The version of the API to use.
      - V(v1), V(v2025) and V(v2026) allow tokens that never expire. They can move the expiration date of an existing
        token. They require an expiry when a token is created.
      - V(v3), V(v2024) and V(beta) let every token expire after 6 months at most, and cannot move the date.
      - SailPoint supports every version except V(v1) only until 2028, and removes them in 2029.
    type: str
    default: v1
    choices: [v1, v3, v2024, v2025, v2026, beta]
  validate_certs:
    description:
      - Whether the server's TLS certificate must be valid. V(false) hands the credentials to whoever answers.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a folder with the CA certificates to trust. It replaces the certificates that requests ships.
    type: path
  timeout:
    description:
      - How many seconds the server may be silent before a request fails, from V(1) to V(3600).
    type: int
    default: 30
  retries:
    description:
      - How often to repeat a request after a broken connection or an answer of 429, 502, 503 or 504, from V(0) to
        V(100). The run honours a C(Retry-After) header of up to a minute.
      - The request that creates a token is repeated only if it was certainly not processed.
    type: int
    default: 5
requirements:
  - requests (Python library), where the module runs
notes:
  - "B(Credentials come from one source.) If you give any of O(client_id), O(client_secret) and O(access_token), the
    environment's credentials are ignored. A pair is never completed from another source. In the environment, the pair
    takes precedence over the bearer token. C(module_defaults) count as given."
  - "Set the connection once for all modules of this collection with C(module_defaults) for
    C(group/sailpoint_community.isc.isc)."
  - "B(Where it runs.) On a local connection without C(become), the module runs in the controller's own process. It
    writes no option into a temporary file. It uses the Python that runs Ansible, whatever
    C(ansible_python_interpreter) says, and the controller's environment."
  - "B(On a target,) the module needs requests there, and reads the target's environment. Set C(ansible_pipelining) to
    V(true): without pipelining, Ansible writes the options, O(client_secret) included, into a temporary file while the
    task runs. E(SAIL_CLIENT_SECRET) and E(SAIL_ACCESS_TOKEN) are refused in the keyword C(environment) there, because
    they would become part of a command line."
  - The Python library requests takes proxies and CA bundles from the environment (E(HTTPS_PROXY), E(NO_PROXY),
    E(REQUESTS_CA_BUNDLE)). Redirects are not followed.
seealso:
  - name: How secrets are kept
    description: What is never printed, and the limits of each version of ansible-core.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/secrets.md
  - name: Errors and what to do about them
    description: Every message that this collection fails with.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/errors.md
"""
