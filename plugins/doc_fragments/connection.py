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
      - The address of the tenant's API, for example V(https://TENANT.api.identitynow.com). Required, either here or in
        the environment variable E(SAIL_BASE_URL).
      - It has to begin with C(https://), except on a loopback address.
    type: str
  client_id:
    description:
      - The client id of the personal access token to authenticate with. It is the same as the id of that token.
      - Requires O(client_secret). Read from the environment variable E(SAIL_CLIENT_ID) if no credentials are given.
    type: str
  client_secret:
    description:
      - The client secret of the personal access token to authenticate with.
      - Requires O(client_id). Read from the environment variable E(SAIL_CLIENT_SECRET) if no credentials are given.
    type: str
  access_token:
    description:
      - A bearer token to authenticate with, in place of O(client_id) and O(client_secret). It saves the OAuth call.
      - It cannot be renewed, so the task fails once it has expired.
      - Read from the environment variable E(SAIL_ACCESS_TOKEN) if no credentials are given and the environment does not
        hold E(SAIL_CLIENT_ID) and E(SAIL_CLIENT_SECRET) either.
    type: str
  token_url:
    description:
      - The address at which credentials are exchanged for a bearer token. The default is C(/oauth/token) at
        O(base_url).
      - For a tenant with a vanity domain, it is the C(tokenEndpoint) in the response to C(GET /oauth/info) at
        O(base_url).
    type: str
  api_version:
    description:
      - The version of the API to use.
      - V(v1), V(v2025) and V(v2026) allow tokens that never expire, and can change the expiration date of an existing
        token. They require an expiry when a token is created.
      - With V(v3), V(v2024) and V(beta), every token expires after at most 6 months, and its date cannot be changed.
      - SailPoint supports the versions other than V(v1) until 2028, and shuts them down in 2029.
    type: str
    default: v1
    choices: [v1, v3, v2024, v2025, v2026, beta]
  validate_certs:
    description:
      - Whether the server's TLS certificate has to be valid. V(false) hands your credentials to whoever answers.
    type: bool
    default: true
  ca_path:
    description:
      - A file or a folder with the certificates of the authorities to trust. It replaces the certificates that come
        with requests.
    type: path
  timeout:
    description:
      - How many seconds the server may stay silent before the request is given up, from V(1) to V(3600). It is never
        longer than what is left of O(run_timeout).
    type: int
    default: 30
  retries:
    description:
      - How often a request is retried after a temporary failure, from V(0) to V(100). Temporary failures are a broken
        connection and the responses 429, 502, 503 and 504.
      - If the server asks for a wait with C(Retry-After), the wait is honored up to one minute. If it is longer, the
        task fails.
      - The request that creates a token is retried only if it was certainly not processed.
    type: int
    default: 5
  run_timeout:
    description:
      - How many seconds the module waits for the server in all, from V(1) to V(1500). Every request, every retry and
        every pause before one counts. No number of O(retries) makes it longer.
      - A response that comes in slowly is cut off when that time is used up. The task then fails, and says how long it
        has waited. Only the lookup of a host name cannot be cut short.
      - If the server does not answer one request, even after all retries, the task sends no other request to that host.
        So a set of ten tokens does not wait ten times. There is one exception, if the creation of a token got no
        answer. Then the task tries one list call, once, because only a list shows whether the token exists.
    type: int
    default: 300
requirements:
  - requests (Python library), where the module runs
notes:
  - "B(Credentials) come from one source. If you give any of O(client_id), O(client_secret) and O(access_token), the
    environment is ignored, so half a pair is never completed from it. Values from C(module_defaults) count as given. In
    the environment, the pair takes precedence over the bearer token."
  - "Set C(module_defaults) for the group C(group/sailpoint_community.isc.isc) to configure the connection once for all
    modules."
  - "B(Local connection.) Without C(become), the module runs in the controller's own process. It uses the Python that
    runs Ansible (C(ansible_python_interpreter) has no effect) and the controller's environment. It writes no option
    into a temporary file."
  - "B(Any other connection.) The module is shipped to the target. It needs requests on the target, and uses the
    target's environment. Unless C(ansible_pipelining) is V(true), Ansible writes the options, including
    O(client_secret), into a temporary file there for as long as the task runs."
  - "The keyword C(environment) works in both cases. The exceptions are E(SAIL_CLIENT_SECRET) and E(SAIL_ACCESS_TOKEN).
    If the module is shipped, a task that sets them by this keyword is refused, because they would become part of a
    command line."
  - Proxies and CA bundles come from the environment, as usual for the Python library requests (E(HTTPS_PROXY),
    E(NO_PROXY), E(REQUESTS_CA_BUNDLE)). Redirects are not followed.
seealso:
  - name: How secrets are kept
    description: What is never printed, and the limits in each version of ansible-core.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/secrets.md
  - name: Errors and what to do about them
    description: Every error message of this collection.
    link: https://github.com/sailpoint-community/ansible-isc/blob/main/docs/errors.md
"""
