# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows beside its options."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable

from .._base.secret import Secrets
from .._stores.vault_file import CipherFor
from .claims import Claims


@dataclass
class Context:
    """Whether to write, the environment, and the secrets that the run comes to know; ``sleep`` takes seconds.

    ``cipher_for`` returns the ansible-vault cipher of a vault id; None where no vault password can be had.
    ``tmpdir`` is a folder that Ansible removes at its end; None is the system's.
    ``registers`` says whether the task keeps its result, and with it the secret of a new token.
    ``claims`` are those of the host; None where other hosts of the same run of Ansible cannot be seen.
    """

    check_mode: bool
    environ: Mapping[str, str]
    secrets: Secrets = field(default_factory=Secrets)
    sleep: Callable[[float], None] = time.sleep
    cipher_for: CipherFor | None = None
    tmpdir: str | None = None
    registers: bool = True
    claims: Claims | None = None
