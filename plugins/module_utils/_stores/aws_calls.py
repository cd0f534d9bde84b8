# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls of AWS Secrets Manager over boto3, and what a refusal means. The texts of AWS are not shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from .._base.errors import StoreChangedError, StoreError, StoreUnreachableError
from .store import CHANGED, TIMEOUT, library, refuse_in_the_clear

_SIGN_IN = (
    "set profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or sign in with `aws sso login`, or run on a host "
    "that has a role"
)
_KEY = "and see that the key of the secret in AWS KMS is enabled"

# By what AWS answers, to one operation or to all.
_REFUSED = {
    "CreateSecret (ResourceNotFound|InvalidParameter)Exception": "correct kms_key_id and tags",
    "AccessDenied.*": "allow {action}, and kms:Decrypt and kms:GenerateDataKey if the secret has a key of its own",
    ".*(Token|TokenId|ClientException|Signature|AccessKeyId)(Exception)?|OptInRequired": _SIGN_IN,
    "(Decryption|Encryption)Failure": f"allow kms:Decrypt and kms:GenerateDataKey for the key of the secret, {_KEY}",
    "Throttling.*|TooManyRequests.*|RequestLimitExceeded|Internal.*|ServiceUnavailable.*|5..": "run again later",
    "LimitExceeded.*": "a quota of AWS Secrets Manager is used up: have it raised, or run again tomorrow",
}

# By the exceptions of botocore, for a call that got no answer.
_UNSENT = {
    ".*Credential.*|.*Token.*|SSO.*|.*SSO.*|Login.*": f"no credentials for AWS were found; {_SIGN_IN}",
    "NoRegionError": "no region of AWS is known; set region, AWS_DEFAULT_REGION, or the region of the profile",
    "InvalidRegionError": "region is not a region of AWS; correct it",
    "ProfileNotFound": "the profile is not in the configuration of AWS on this host; correct profile, or AWS_PROFILE",
    "ValueError": "endpoint_url is not a URL; correct it",
    "SSLError": "the TLS connection to AWS failed; check AWS_CA_BUNDLE and endpoint_url",
}


_UNREACHED = "(Read|Connect)TimeoutError|.*ConnectionError|HTTPClientError|ConnectionClosedError|ResponseStreamingError"


class RefusedError(StoreError):
    """AWS did not do it. ``code`` is its error code, empty where there was no answer."""

    code = ""


class AwsCalls:
    """A client of AWS Secrets Manager, with the credentials that boto3 finds by itself."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise StoreError without boto3, or where it finds no region or no such profile. Nothing is sent."""
        boto3, config = library("boto3", "boto3"), library("botocore.config", "boto3")
        limits = {"connect_timeout": TIMEOUT, "read_timeout": TIMEOUT}
        settings = config.Config(retries={"mode": "standard", "total_max_attempts": 3}, **limits)
        try:
            names = {"profile_name": options["profile"] or None, "region_name": options["region"] or None}
            session = boto3.session.Session(**names)
            url = options["endpoint_url"] or None
            self._client = session.client("secretsmanager", endpoint_url=url, config=settings)
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
            refused = _refusal(error, "")
        else:
            self.region: str = self._client.meta.region_name
            self.endpoint: str = self._client.meta.endpoint_url
            self.profile: str = session.profile_name
            refuse_in_the_clear(self.endpoint)
            return
        raise refused

    def call(self, method: str, lost: Collection[str] = (), **parameters: Any) -> Any:
        """Return the answer. Raises RefusedError, and StoreChangedError for one of the error codes in ``lost``."""
        try:
            return getattr(self._client, method)(**parameters)
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-except
            # Raised below: the context of an error must not hold the text of AWS.
            refused = _refusal(error, self._client.meta.method_to_api_mapping[method])
        raise StoreChangedError(CHANGED) if isinstance(refused, RefusedError) and refused.code in lost else refused


def _refusal(error: Exception, operation: str) -> StoreError:
    """Return what an exception of boto3 means. It is a ClientError if it has a response, of whatever class.

    boto3 signs in within the first call. A refusal of that has codes of the same names, and says nothing of the secret.
    """
    response = getattr(error, "response", None)
    if not isinstance(response, Mapping):
        kind = type(error).__name__
        if re.fullmatch(_UNREACHED, kind):
            return StoreUnreachableError(
                "AWS could not be reached, or gave no answer; check the network, region and endpoint_url, and run again"
            )
        return RefusedError(
            _meaning(_UNSENT, kind) or f"boto3 failed with {kind}; check the configuration of AWS, run again"
        )
    code = str(response.get("Error", {}).get("Code"))
    shown = code if re.fullmatch(r"[0-9A-Za-z.]{1,64}", code) else "an unknown code"
    asked = getattr(error, "operation_name", operation)
    if asked != operation:
        return RefusedError(f"AWS refused to sign in: {asked} was answered with {shown}; {_SIGN_IN}")
    action = f"secretsmanager:{operation}"
    advice = _meaning(_REFUSED, f"{operation} {code}") or _meaning(_REFUSED, code)
    advice = advice or "check the secret and the permissions in AWS, and run again"
    refused = RefusedError(f"AWS refused {action} with {shown}; {advice.format(action=action)}")
    refused.code = code
    return refused


def _meaning(meanings: Mapping[str, str], name: str) -> str | None:
    return next((text for pattern, text in meanings.items() if re.fullmatch(pattern, name)), None)
