# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Secrets Manager: one secret a token, a JSON object. Policy, tags, replicas and rotation are never touched."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from .._base.errors import DeclarationError, EntryDeletedError, StoreChangedError, StoreError
from .aws_calls import AwsCalls, RefusedError
from .formats import parse
from .store import CHANGED, LEFT_ALONE, LONGEST, Held

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "region": {"type": "str"},
    "profile": {"type": "str"},
    "endpoint_url": {"type": "str"},
    "kms_key_id": {"type": "str"},
    "tags": {"type": "dict"},
    "recovery_window": {"type": "int", "default": 30},
}

_NAME = re.compile(r"[0-9A-Za-z/_+=.@-]{1,512}")
_CURRENT = "AWSCURRENT"
# One for all runs: a label that a killed run left behind moves to the next version that is made.
_PENDING = "SAILPOINT_ISC_PENDING"
_NO_VALUE = ""  # the version of a secret that exists and has no value yet
_LABEL = "update_secret_version_stage"
_NO_SUCH, _NOT_NOW = "ResourceNotFoundException", "InvalidRequestException"
# What AWS answers where another program was first.
_EXISTS, _MOVED = ("ResourceExistsException",), ("InvalidParameterException", _NOT_NOW, _NO_SUCH)


class AwsSecretsManagerStore:
    """The secrets of one AWS account in one region."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise StoreError without boto3, or where it finds no region or no such profile."""
        days = options["recovery_window"]
        if days != 0 and not 7 <= days <= 30:
            raise DeclarationError("recovery_window must be 0 (delete for good), or a number of days from 7 to 30")
        self._removal = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        tags = [{"Key": str(key), "Value": str(value)} for key, value in (options["tags"] or {}).items()]
        self._new = {name: value for name, value in (("KmsKeyId", options["kms_key_id"]), ("Tags", tags)) if value}
        self._aws = AwsCalls(options)

    def where(self, place: str) -> str:
        """Return how messages refer to the secret."""
        return f"aws_secretsmanager secret {place}"

    def identity(self, place: str) -> Hashable:
        """Return what tells the secret from others, as far as that is known without asking for the account."""
        if not _NAME.fullmatch(place) or not {"", ".", ".."}.isdisjoint(place.split("/")):
            raise DeclarationError(
                f"{place} cannot be the name of a secret in AWS Secrets Manager: up to 512 letters, digits and "
                "/_+=.@- are allowed, and nothing between two slashes may be empty, `.` or `..`; correct name or key"
            )
        return ("aws_secretsmanager", self._aws.profile, self._aws.region, self._aws.endpoint, place)

    def fetch(self, place: str) -> Held:
        """Return what the current version holds; nothing if there is no secret, or none with a value."""
        try:
            answer = self._aws.call("get_secret_value", SecretId=place, VersionStage=_CURRENT)
        except RefusedError as refused:
            return self._absent(place, refused)
        text = answer.get("SecretString")
        if text is None:
            raise StoreError(f"it holds binary data, not a text; {LEFT_ALONE}")
        values = parse("json", text) if len(text.encode(errors="replace")) <= LONGEST else None
        if values is None:
            raise StoreError(f"it cannot be read as JSON; {LEFT_ALONE}")
        return Held(values, answer["VersionId"])

    def prepare(self, place: str, probe: bool) -> None:
        """See that AWS lets the secret be written, as far as it tells: every trial would make a version."""
        details = self._details(place) or {}
        primary = details.get("PrimaryRegion", self._aws.region)
        if primary != self._aws.region:
            raise StoreError(f"it is a replica, which cannot be written; set region to {primary}, where it can be")
        if details.get("RotationEnabled"):
            raise StoreError(
                "rotation by AWS is on, and would replace the credentials; switch it off with "
                f"`aws secretsmanager cancel-rotate-secret --secret-id {place}`, or name another secret"
            )

    def put(self, place: str, values: Mapping[str, str], version: Any) -> None:
        """Make a version beside the current one, then move the label of the current one, if that is still the old."""
        made = {"SecretString": json.dumps(values), "ClientRequestToken": str(uuid4())}
        if version is None:
            self._aws.call("create_secret", lost=_EXISTS, Name=place, **made, **self._new)
            return
        self._require(place, version)
        new = made["ClientRequestToken"]
        try:
            answer = self._aws.call("put_secret_value", SecretId=place, VersionStages=[_PENDING], **made)
        except RefusedError as refused:
            if refused.code in (_NO_SUCH, _NOT_NOW):  # another program may have removed it since it was looked at
                self._require(place, version)
            raise
        try:  # AWS makes the first version of a secret the current one at once.
            if _CURRENT not in answer["VersionStages"]:
                move = {"MoveToVersionId": new, **({"RemoveFromVersionId": version} if version else {})}
                self._aws.call(_LABEL, lost=_MOVED, SecretId=place, VersionStage=_CURRENT, **move)
        finally:
            with suppress(StoreError):
                self._aws.call(_LABEL, SecretId=place, VersionStage=_PENDING, RemoveFromVersionId=new)

    def delete(self, place: str, version: Any) -> None:
        """Schedule the deletion of the secret, or delete it for good. AWS deletes none that has replicas."""
        replicas = self._require(place, version).get("ReplicationStatus")
        if replicas:
            regions = " ".join(str(replica.get("Region")) for replica in replicas)
            raise StoreError(
                f"it has replicas; remove them with `aws secretsmanager remove-regions-from-replication --secret-id "
                f"{place} --remove-replica-regions {regions}`, and run again"
            )
        self._aws.call("delete_secret", SecretId=place, **self._removal)

    def _absent(self, place: str, refused: RefusedError) -> Held:
        """Return nothing if that is why there was no value. AWS answers alike without a secret and without a value."""
        if refused.code not in (_NO_SUCH, _NOT_NOW):
            raise refused
        details = self._details(place)
        if details is None:
            return Held()
        if refused.code == _NOT_NOW or _current(details) is not None:
            raise refused
        return Held(None, _NO_VALUE)

    def _details(self, place: str) -> Any:
        """Return what AWS tells of a secret beside its value, None if there is none. A deleted one is an error."""
        try:
            details = self._aws.call("describe_secret", SecretId=place)
        except RefusedError as refused:
            if refused.code == _NO_SUCH:
                return None
            raise
        if details.get("DeletedDate"):
            raise EntryDeletedError(
                f"it is scheduled for deletion (DeletedDate {details['DeletedDate']:%Y-%m-%d}); restore it with "
                f"`aws secretsmanager restore-secret --secret-id {place}`, or wait until AWS has removed it"
            )
        return details

    def _require(self, place: str, version: str) -> Any:
        """Return the details of the secret if its current version is still that one."""
        details = self._details(place)
        if details is None or (_current(details) or _NO_VALUE) != version:
            raise StoreChangedError(CHANGED)
        return details


def _current(details: Mapping[str, Any]) -> str | None:
    versions: Mapping[str, list[str]] = details.get("VersionIdsToStages", {})
    return next((version for version, labels in versions.items() if _CURRENT in labels), None)
