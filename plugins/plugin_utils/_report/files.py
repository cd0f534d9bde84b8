# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: looked at before anything is listed, replaced whole or left alone."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from secrets import token_hex

from ...module_utils._base.errors import DeclarationError
from .as_csv import render_csv
from .as_markdown import render_markdown
from .as_prometheus import render_prometheus
from .model import Report, ReportFormatError, report_as_dict, report_from_dict

FORMS = ("html", "json", "csv", "markdown", "prometheus")
"""The options that name a file, one for each form of the report."""


def check_files(paths: Mapping[str, str]) -> None:
    """Refuse what could not be written at the end; ``paths`` are by form. Raises DeclarationError."""
    taken: dict[str, str] = {}
    for form, path in paths.items():
        target = os.path.realpath(path)
        if target in taken:
            raise DeclarationError(f"{form} and {taken[target]} are one file, {path}: give each form a file of its own")
        taken[target] = form
        why = _why_unwritable(target)
        if why is not None:
            raise DeclarationError(f"{form} {path} cannot be written, and nothing was listed: {why}")


def _why_unwritable(target: str) -> str | None:
    folder = os.path.dirname(target)
    if os.path.isdir(target):
        return "it is a folder; name a file in it"
    if not os.path.isdir(folder):
        return f"there is no folder {folder}; make it first"
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"the folder {folder} is not writable for the user; allow it, or name another one"
    return None


def read_previous(path: str | None) -> Report | None:
    """Return the report that an earlier run has left, None if there is none. Raises DeclarationError."""
    if path is None or not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return report_from_dict(json.load(file))
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise DeclarationError(
            f"json {path} exists and cannot be read: {_words(error)}; remove or replace it"
        ) from None
    except ReportFormatError as error:
        raise DeclarationError(f"json {path} {error}; give the path of a report, or of no file") from None
    except ValueError:
        raise DeclarationError(f"json {path} is no JSON; give the path of a report, or of no file") from None


def write_files(report: Report, paths: Mapping[str, str]) -> None:
    """Write every form that has a path. Raises DeclarationError; what was there before is whole then."""
    for form, path in paths.items():
        try:
            _replace(os.path.realpath(path), _rendered(report, form))
        except OSError as error:
            text = f"{form} {path} could not be written: {_words(error)}; the file of before is as it was"
            raise DeclarationError(text) from None


def _rendered(report: Report, form: str) -> str:
    if form == "html":
        # The page is by far the largest part, and few runs need it.
        from .page import render_page

        return render_page(report_as_dict(report))
    renderers = {"json": _as_json, "csv": render_csv, "markdown": render_markdown, "prometheus": render_prometheus}
    return renderers[form](report)


def _as_json(report: Report) -> str:
    return json.dumps(report_as_dict(report), indent=1) + "\n"


def _replace(target: str, text: str) -> None:
    """Put a text in the place of a file, so that a reader finds the old one or the new one, and never a part."""
    mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else None
    temporary = os.path.join(os.path.dirname(target), f".sailpoint-isc-{token_hex(8)}")
    try:
        with open(temporary, "x", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
