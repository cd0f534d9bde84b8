# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: looked at before anything is listed, replaced whole or left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from ...module_utils._base.errors import DeclarationError
from ...module_utils._modules.text_file import prepare_text, refuse_one_file, replace_text
from .as_csv import render_csv
from .as_markdown import render_markdown
from .as_prometheus import render_prometheus
from .model import Report, ReportFormatError, report_as_dict, report_from_dict

FORMS = ("html", "json", "csv", "markdown", "prometheus")
"""The options that name a file, one for each form of the report."""


def check_files(paths: Mapping[str, str]) -> None:
    """Refuse what could not be written at the end; ``paths`` are by form. Raises DeclarationError."""
    refuse_one_file(paths)
    if "prometheus" in paths and "json" not in paths:
        raise DeclarationError(
            "prometheus needs json: without it, a host that cannot be read would lose its series; give it too"
        )
    for form, path in paths.items():
        prepare_text(form, path)


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
        raise DeclarationError(
            f"json {path} {error}; give the path of a report, or of a file that does not exist"
        ) from None
    except ValueError:
        raise DeclarationError(
            f"json {path} is not JSON; give the path of a report, or of a file that does not exist"
        ) from None


def write_files(report: Report, paths: Mapping[str, str]) -> None:
    """Write every form that has a path. Raises DeclarationError; what was there before is whole then."""
    for form, path in paths.items():
        # A lone surrogate, of a name that the API spoilt, is no UTF-8.
        text = _rendered(report, form).encode("utf-8", "replace").decode("utf-8")
        replace_text(form, path, text)


def _rendered(report: Report, form: str) -> str:
    if form == "html":
        # The page is by far the largest part, and few runs need it.
        from .page import render_page

        return render_page(report_as_dict(report))
    renderers = {"json": _as_json, "csv": render_csv, "markdown": render_markdown, "prometheus": render_prometheus}
    return renderers[form](report)


def _as_json(report: Report) -> str:
    return json.dumps(report_as_dict(report), indent=1) + "\n"


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
