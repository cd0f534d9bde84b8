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
      - Taken from the environment variable E(SAIL_BASE_URL) if left out; one of the two has to be given.
      - It has to begin with C(https://), except on a loopback address.
    type: str
  client_id:
    description:
      - The client id of the personal access token to authenticate with. It is that token's id.
      - Goes with O(client_secret); taken from the environment variable E(SAIL_CLIENT_ID) if no credentials are given.
    type: str
  client_secret:
    description:
      - The client secret of the personal access token to authenticate with.
      - Goes with O(client_id); taken from the environment variable E(SAIL_CLIENT_SECRET) if no credentials are given.
    type: str
  access_token:
    description:
      - A bearer token to authenticate with, instead of O(client_id) and O(client_secret). No OAuth call is made then.
      - It cannot be renewed, so that a run fails once it has expired.
      - Taken from the environment variable E(SAIL_ACCESS_TOKEN) if no credentials are given and the environment holds
        no pair of E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET) either.
    type: str
  token_url:
    description:
      - The address at which credentials are exchanged for a bearer token. If left out, it is C(/oauth/token) at
        O(base_url).
      - A tenant with a vanity domain names it as C(tokenEndpoint) in the answer to C(GET /oauth/info) at O(base_url).
    type: str
  api_version:
    description:
      - The version of the API to speak.
      - V(v1), V(v2025) and V(v2026) know tokens that never expire, can move the expiration date of an existing token,
        and demand an expiry when a token is created.
      - V(v3), V(v2024) and V(beta) make every token expire after 6 months at most, and cannot move the date.
      - SailPoint supports all but V(v1) until 2028, and ends them in 2029.
    type: str
    default: v1
    choices: [v1, v3, v2024, v2025, v2026, beta]
  validate_certs:
    description:
      - Whether the server's TLS certificate has to be valid. Turning this off hands the credentials to whoever answers.
    type: bool
    default: true
  ca_path:
    description:
      - A file, or a folder, with the certificates of the authorities to trust in place of those that requests brings.
    type: path
  timeout:
    description:
      - How long the server may be silent before a request is given up, in seconds. From V(1) to V(3600).
    type: int
    default: 30
  retries:
    description:
      - How often a request is repeated after it failed for a passing reason, that is a broken connection, or an answer
        of 429, 502, 503 or 504. The wait that a C(Retry-After) header asks for is kept if it is a minute or less.
      - From V(0) to V(100).
      - The request that creates a token is repeated only if it was certainly not processed.
    type: int
    default: 5
requirements:
  - requests (Python library), where the module runs
notes:
  - "B(Credentials) come from one source. If any of O(client_id), O(client_secret) and O(access_token) is given, the
    environment's are not looked at, and half a pair is never completed from there. Of the environment's, the pair beats
    the bearer token. What is set by C(module_defaults) counts as given."
  - "Set the connection once for all modules of this collection with C(module_defaults) for the group
    C(group/sailpoint_community.isc.isc)."
  - "B(Where it runs.) On a local connection without C(become), in the controller's own process: no option is written
    into a temporary file, Python is the one that runs Ansible (C(ansible_python_interpreter) does not matter), and the
    environment is the controller's. Otherwise the module is shipped: requests has to be on the target, the environment
    is the target's, and unless pipelining is on (C(ansible_pipelining) set to V(true)), Ansible writes the options,
    O(client_secret) included, into a temporary file there for as long as the task runs. The keyword C(environment)
    works in both cases; only E(SAIL_CLIENT_SECRET) and E(SAIL_ACCESS_TOKEN) are refused in it where the module is
    shipped, since they would become part of a command line."
  - Proxies and CA bundles are taken from the environment as the Python library requests does (E(HTTPS_PROXY),
    E(NO_PROXY), E(REQUESTS_CA_BUNDLE)). Redirects are not followed.
seealso:
  - name: How secrets are kept
    description: What is never printed, and the limits of each version of ansible-core.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/secrets.md
  - name: Errors and what to do about them
    description: Every message that this collection fails with.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/errors.md
"""
