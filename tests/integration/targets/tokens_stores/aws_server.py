# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""moto's AWS on loopback, with one user who may do everything with secrets, and one who may do nothing at all.

The one argument is a file, which gets the address and the keys of both users as JSON once the server answers.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from pathlib import Path

import boto3
from moto import settings
from moto.secretsmanager import exceptions, models
from moto.server import ThreadedMotoServer

DELETED = "You can't perform this operation on the secret because it was marked for deletion."
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}],
}


class Refusal(exceptions.InvalidRequestException):
    """Says of a deleted secret what AWS says; moto has words of its own, and the lookup goes by those of AWS."""

    def __init__(self, message: str) -> None:
        super().__init__(DELETED if "marked deleted" in message else message)


def make_users(url: str) -> dict[str, dict[str, str]]:
    """Make both users, and return their keys as the options of a store."""
    keys = {"aws_access_key_id": "fake", "aws_secret_access_key": "fake"}
    iam = boto3.client("iam", endpoint_url=url, region_name="eu-central-1", **keys)
    users = {}
    for name in ("allowed", "denied"):
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        users[name] = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    iam.put_user_policy(UserName="allowed", PolicyName="secrets", PolicyDocument=json.dumps(POLICY))
    return users


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    vars(models)["InvalidRequestException"] = Refusal  # where moto looks it up
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    users = make_users(url)
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # from here on, rights are checked
    ready = Path(sys.argv[1])
    ready.with_suffix(".new").write_text(json.dumps({"url": url, **users}), encoding="utf-8")
    ready.with_suffix(".new").rename(ready)
    signal.pause()


if __name__ == "__main__":
    main()
