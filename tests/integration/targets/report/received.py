# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare what the receiver was sent with the findings of the report. Usage: received.py FOLDER REPORT."""

from __future__ import annotations

import email
import email.policy
import json
import sys
from pathlib import Path

folder, report = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
texts = [finding["text"] for finding in report["findings"]]
title = f"{len(texts)} new findings about personal access tokens"

mail = email.message_from_bytes((folder / "mail.eml").read_bytes(), policy=email.policy.default)
assert mail["Subject"] == title, mail["Subject"]
assert (mail["From"], mail["To"]) == ("fake@example.invalid", "boss@example.invalid")
(part,) = list(mail.iter_parts()) if mail.is_multipart() else [mail]
assert part.get_content().split("\n")[: len(texts)] == texts, part.get_content()

slack = json.loads((folder / "slack.json").read_text(encoding="utf-8"))
assert slack["text"] == title
assert slack["blocks"][0]["text"]["type"] == "plain_text"
assert len(slack["blocks"][0]["text"]["text"]) <= 3000
assert slack["blocks"][0]["text"]["text"].startswith("\n".join(texts[:5]))

teams = json.loads((folder / "teams.json").read_text(encoding="utf-8"))
head, *runs = teams["attachments"][0]["content"]["body"]
assert head["text"] == title
assert [run["inlines"] for run in runs] == [[{"type": "TextRun", "text": text}] for text in texts]
