# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds a run before, after or within one of the operations of its store, so that it can be killed there.

A callback is loaded before the workers are forked, so these find the store as it is made here.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.file import FileStore

DOCUMENTATION = r"""
name: hold
type: notification
short_description: Hold a run at its store
description:
  - Writes every moment before and after an operation of a store of files as a line into C(moments), in the folder that
    the environment variable HOLD_FOLDER names; the moment within a put is the one between its temporary file and the
    entry. At the moment with the number HOLD_AT it makes the file C(held), and waits to be killed.
"""

OPERATIONS = ("fetch", "prepare", "put", "delete")


def _note(moment: str) -> None:
    folder = Path(os.environ["HOLD_FOLDER"])
    with (folder / "moments").open("a", encoding="utf-8") as moments:
        moments.write(f"{moment}\n")
    if len((folder / "moments").read_text(encoding="utf-8").splitlines()) == int(os.environ["HOLD_AT"]):
        (folder / "held").touch()
        while True:
            time.sleep(60)


def _noted(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def noted(*arguments: Any, **options: Any) -> Any:
        _note(f"before {name}")
        result = operation(*arguments, **options)
        _note(f"after {name}")
        return result

    return noted


def _noted_rename(rename: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(rename)
    def noted(*arguments: Any, **options: Any) -> None:
        if "src_dir_fd" in options:  # the store's own
            _note("within put")
        rename(*arguments, **options)

    return noted


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Changes the store of this process, and tells nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "hold"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in OPERATIONS:
            setattr(FileStore, name, _noted(name, getattr(FileStore, name)))
        os.rename = _noted_rename(os.rename)
