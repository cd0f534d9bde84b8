# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only AWS Secrets Manager has: labels, deletion with a way back, replicas, rotation, and policies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.secretsmanager.models import secretsmanager_backends

from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import (
    DeclarationError,
    EntryDeletedError,
    StoreChangedError,
    StoreError,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.model import Credentials
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.secret import Secret, Secrets
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.entry import Entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.store import Held
from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores.trial import trial
from ansible_collections.sailpoint_community.isc.tests.stores.benches import aws_secretsmanager_bench
from ansible_collections.sailpoint_community.isc.tests.stores.benches.aws_secretsmanager_bench import (
    REGION,
    AwsSecretsManagerBench,
)

BASE_URL = "https://fake-tenant.api.identitynow.com"
OLD = Credentials(BASE_URL, f"fa4e{1:028x}", Secret("fake-secret-old"))
NEW = Credentials(BASE_URL, f"fa4e{2:028x}", Secret("fake-secret-new"))
POLICY = '{"Version": "2012-10-17", "Statement": []}'
ELSEWHERE = "eu-west-1"
ACCOUNT = "123456789012"  # moto's


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[AwsSecretsManagerBench]:
    """An account with nothing in it."""
    opened = aws_secretsmanager_bench.open_bench(tmp_path)
    try:
        yield opened
    finally:
        opened.close()


def values(held: Credentials) -> dict[str, str]:
    return {"base_url": held.base_url, "client_id": held.client_id, "client_secret": held.client_secret.reveal()}


def entry_of(aws: AwsSecretsManagerBench, **options: object) -> Entry:
    return Entry(aws.store(**options), aws.place, BASE_URL, Secrets())


def refused(attempt: Callable[[], object]) -> str:
    """Return the text of a StoreError that is no StoreChangedError, and that shows nothing of AWS or of the secret."""
    with pytest.raises(StoreError) as caught:
        attempt()
    assert not isinstance(caught.value, StoreChangedError)
    assert "fake-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def labels(aws: AwsSecretsManagerBench) -> list[list[str]]:
    """Return the labels of every version that has some, sorted."""
    stages: dict[str, list[str]] = aws.client.describe_secret(SecretId=aws.place)["VersionIdsToStages"]
    return sorted(sorted(found) for found in stages.values() if found)


# Opening it


def test_a_missing_library_is_named(aws: AwsSecretsManagerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    text = refused(aws.store)
    assert "pip install boto3" in text
    assert sys.executable in text


@pytest.mark.parametrize("days", [-1, 1, 6, 31])
def test_a_recovery_window_that_aws_does_not_have_is_refused(aws: AwsSecretsManagerBench, days: int) -> None:
    with pytest.raises(DeclarationError, match="recovery_window"):
        aws.store(recovery_window=days)


def test_without_a_region_it_says_what_to_set(aws: AwsSecretsManagerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "AWS_DEFAULT_REGION" in refused(lambda: aws.store(region=None))


def test_an_unknown_profile_and_a_wrong_endpoint_are_named(aws: AwsSecretsManagerBench) -> None:
    assert "correct profile" in refused(lambda: aws.store(profile="fake-profile"))
    assert "correct it" in refused(lambda: aws.store(endpoint_url="fake endpoint"))


def test_without_credentials_it_says_what_to_set(aws: AwsSecretsManagerBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS_ACCESS_KEY_ID" in refused(entry_of(aws).read)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InvalidRequestException", "AccessDenied"])
def test_a_login_that_is_refused_is_no_word_on_the_secret(aws: AwsSecretsManagerBench, code: str) -> None:
    """IAM Identity Center and STS answer with codes that Secrets Manager has, too."""

    def sign_in(*_arguments: object, **_options: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "fake-secret"}}, "GetRoleCredentials")

    entry = entry_of(aws)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.signers.RequestSigner.sign", sign_in)
        for attempt in (entry.read, lambda: entry.write(NEW, None), lambda: entry.remove(NEW)):
            text = refused(attempt)
            assert f"AWS refused to sign in: GetRoleCredentials was answered with {code}" in text
            assert "aws sso login" in text


def test_what_only_a_new_secret_gets_is_named_where_aws_refuses_it(aws: AwsSecretsManagerBench) -> None:
    aws.refusals["CreateSecret"] = "InvalidParameterException"
    assert "correct kms_key_id and tags" in refused(lambda: entry_of(aws).write(NEW, None))


def test_an_empty_option_is_one_that_is_left_out(aws: AwsSecretsManagerBench) -> None:
    assert aws.store(profile="", region="").identity("isc/crm") == aws.store().identity("isc/crm")


@pytest.mark.parametrize("name", ["", "isc//crm", "/isc/crm", "isc/", "isc/../crm", "..", "isc/c r m", "é", "a" * 513])
def test_a_name_that_cannot_be_is_refused(aws: AwsSecretsManagerBench, name: str) -> None:
    with pytest.raises(DeclarationError, match="correct name or key"):
        aws.store().identity(name)


def test_two_accounts_may_have_secrets_of_one_name(
    aws: AwsSecretsManagerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(("default", "fake-other-account"))
    monkeypatch.setattr("boto3.session.Session.profile_name", property(lambda session: next(names)))
    assert aws.store().identity("isc/crm") != aws.store().identity("isc/crm")


def test_no_endpoint_gets_a_secret_in_the_clear(aws: AwsSecretsManagerBench) -> None:
    with pytest.raises(DeclarationError, match=r"^http://aws\.example would get all secrets unencrypted"):
        aws.store(endpoint_url="http://aws.example")
    with pytest.raises(DeclarationError, match=r"^http://aws\.example would get all secrets unencrypted"):
        aws.store(endpoint_url="http://fake-user:fake-password@aws.example")


def test_an_entry_that_was_moved_away_does_not_fail_the_next_night(aws: AwsSecretsManagerBench) -> None:
    entry_of(aws).write(OLD, None)
    entry_of(aws).remove(OLD)
    assert "restore" in refused(entry_of(aws).read)
    assert entry_of(aws).read_undeleted() is None


def test_a_trial_ends_well_although_the_name_stays_taken(aws: AwsSecretsManagerBench) -> None:
    second = Entry(aws.store(), f"{aws.place}-2", BASE_URL, Secrets())
    assert list(trial(entry_of(aws), second, BASE_URL))[-1].startswith(
        "what is removed is gone, and its name stays taken"
    )
    third, fourth = (Entry(aws.store(recovery_window=0), place, BASE_URL, Secrets()) for place in ("isc/3", "isc/4"))
    assert list(trial(third, fourth, BASE_URL))[-1] == "removing nothing is no error"


def test_one_secret_has_one_identity(aws: AwsSecretsManagerBench) -> None:
    store = aws.store()
    assert store.identity("isc/a.b_c+d=e@f-1") == aws.store().identity("isc/a.b_c+d=e@f-1")
    assert store.identity("isc/crm") != store.identity("isc/CRM")
    assert store.identity("isc/crm") != aws.store(region=ELSEWHERE).identity("isc/crm")


# Telling what is there


def test_denied_names_the_permission(aws: AwsSecretsManagerBench) -> None:
    aws.refusals["GetSecretValue"] = "AccessDeniedException"
    assert "secretsmanager:GetSecretValue" in refused(entry_of(aws).read)


def test_nothing_is_certain_only_if_the_secret_may_be_described(aws: AwsSecretsManagerBench) -> None:
    aws.refusals["DescribeSecret"] = "AccessDeniedException"
    assert "secretsmanager:DescribeSecret" in refused(entry_of(aws).read)
    assert "secretsmanager:DescribeSecret" in refused(lambda: entry_of(aws).prepare(probe=False))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("ThrottlingException", "run again"),
        ("ExpiredTokenException", "AWS_ACCESS_KEY_ID"),
        ("UnrecognizedClientException", "AWS_ACCESS_KEY_ID"),
        ("DecryptionFailure", "kms:Decrypt"),
        ("fake-secret\ncode", "unknown code"),
    ],
)
def test_every_other_refusal_says_what_to_do(aws: AwsSecretsManagerBench, code: str, advice: str) -> None:
    aws.refusals["GetSecretValue"] = code
    assert advice in refused(entry_of(aws).read)


def test_a_secret_that_is_scheduled_for_deletion_is_not_restored(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    aws.client.delete_secret(SecretId=aws.place, RecoveryWindowInDays=7)
    date = aws.client.describe_secret(SecretId=aws.place)["DeletedDate"]
    for attempt in (entry_of(aws).read, lambda: entry_of(aws).prepare(probe=True)):
        text = refused(attempt)
        assert f"aws secretsmanager restore-secret --secret-id {aws.place}" in text
        assert f"{date:%Y-%m-%d}" in text
    entry_of(aws).remove(OLD)
    assert aws.client.describe_secret(SecretId=aws.place)["DeletedDate"] == date


def test_a_replica_is_read_and_not_written(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    aws.client.replicate_secret_to_regions(SecretId=aws.place, AddReplicaRegions=[{"Region": ELSEWHERE}])
    entry_of(aws).prepare(probe=True)
    replica = entry_of(aws, region=ELSEWHERE)
    assert replica.read() == OLD
    assert REGION in refused(lambda: replica.prepare(probe=False))


def test_a_secret_with_replicas_is_not_removed_and_the_regions_are_named(aws: AwsSecretsManagerBench) -> None:
    entry_of(aws).write(OLD, None)
    aws.client.replicate_secret_to_regions(SecretId=aws.place, AddReplicaRegions=[{"Region": ELSEWHERE}])
    assert f"--remove-replica-regions {ELSEWHERE}" in refused(lambda: entry_of(aws).remove(OLD))
    assert entry_of(aws).read() == OLD


def test_a_secret_that_aws_rotates_is_not_written(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    secret: Any = secretsmanager_backends[ACCOUNT][REGION].secrets[aws.place]
    secret.rotation_requested = secret.rotation_enabled = True
    assert "rotation by AWS is on" in refused(lambda: entry_of(aws).prepare(probe=False))


def test_binary_data_is_left_alone(aws: AwsSecretsManagerBench) -> None:
    aws.client.create_secret(Name=aws.place, SecretBinary=b"fake-secret")
    assert "binary" in refused(entry_of(aws).read)
    assert "binary" in refused(lambda: entry_of(aws).write(NEW, None))


# Writing


def test_a_new_secret_gets_its_tags_and_its_key(aws: AwsSecretsManagerBench) -> None:
    entry_of(aws, tags={"team": "iam", "cost": 7}, kms_key_id="alias/fake").write(NEW, None)
    made = aws.client.describe_secret(SecretId=aws.place)
    assert made["Tags"] == [{"Key": "team", "Value": "iam"}, {"Key": "cost", "Value": "7"}]
    assert made["KmsKeyId"] == "alias/fake"


def test_a_write_keeps_all_but_the_value(aws: AwsSecretsManagerBench) -> None:
    tags = [{"Key": "owner", "Value": "fake-owner"}]
    aws.client.create_secret(Name=aws.place, SecretString="{}", Tags=tags, Description="fake", KmsKeyId="alias/own")
    aws.client.put_resource_policy(SecretId=aws.place, ResourcePolicy=POLICY)
    aws.plant(values(OLD))
    entry_of(aws, tags={"other": "x"}, kms_key_id="alias/other").write(NEW, OLD)
    kept = aws.client.describe_secret(SecretId=aws.place)
    assert (kept["Tags"], kept["Description"], kept["KmsKeyId"]) == (tags, "fake", "alias/own")
    assert aws.client.get_resource_policy(SecretId=aws.place)["ResourcePolicy"] == POLICY
    assert aws.peek() == values(NEW)


def test_the_old_version_stays_as_the_previous_one(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    entry_of(aws).write(NEW, OLD)
    assert labels(aws) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    before = aws.client.get_secret_value(SecretId=aws.place, VersionStage="AWSPREVIOUS")
    assert OLD.client_secret.reveal() in before["SecretString"]


def test_a_secret_without_a_value_is_filled(aws: AwsSecretsManagerBench) -> None:
    aws.client.create_secret(Name=aws.place)
    assert entry_of(aws).read() is None
    entry_of(aws).prepare(probe=True)
    entry_of(aws).write(NEW, None)
    assert aws.peek() == values(NEW)
    assert labels(aws) == [["AWSCURRENT"]]


def test_a_value_that_has_lost_its_label_is_not_taken_for_no_secret(aws: AwsSecretsManagerBench) -> None:
    aws.client.create_secret(Name=aws.place)
    aws.client.put_secret_value(SecretId=aws.place, SecretString="{}", VersionStages=["fake-label"])
    first = aws.client.describe_secret(SecretId=aws.place)["VersionIdsToStages"]
    secret: Any = secretsmanager_backends[ACCOUNT][REGION].secrets[aws.place]
    secret.versions[next(iter(first))]["version_stages"].remove("AWSCURRENT")
    assert aws.store().fetch(aws.place) == Held(None, "")
    entry_of(aws).write(NEW, None)
    assert aws.peek() == values(NEW)
    assert labels(aws) == [["AWSCURRENT"], ["fake-label"]]


@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_who_is_late_between_reading_and_moving_the_label_loses(aws: AwsSecretsManagerBench, action: str) -> None:
    aws.plant(values(OLD))
    aws.interruptions[action] = lambda: aws.plant({"fake": "other"})
    with pytest.raises(StoreChangedError):
        entry_of(aws).write(NEW, OLD)
    assert aws.peek() == {"fake": "other"}
    assert labels(aws) == [["AWSCURRENT"], ["AWSPREVIOUS"]]


@pytest.mark.parametrize("window", [{"RecoveryWindowInDays": 7}, {"ForceDeleteWithoutRecovery": True}])
@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_a_secret_that_is_removed_while_it_is_written_stays_removed(
    aws: AwsSecretsManagerBench, action: str, window: dict[str, Any]
) -> None:
    aws.plant(values(OLD))
    aws.interruptions[action] = lambda: aws.client.delete_secret(SecretId=aws.place, **window)
    with pytest.raises((StoreChangedError, EntryDeletedError), match=r"another program|restore it with"):
        entry_of(aws).write(NEW, OLD)
    assert aws.peek() is None


@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_who_is_late_to_fill_a_secret_loses(aws: AwsSecretsManagerBench, action: str) -> None:
    aws.client.create_secret(Name=aws.place)
    aws.interruptions[action] = lambda: aws.plant({"fake": "other"})
    if action == "PutSecretValue":
        with pytest.raises(StoreChangedError):
            entry_of(aws).write(NEW, None)
        assert aws.peek() == {"fake": "other"}
    else:
        entry_of(aws).write(NEW, None)  # the first version was the current one at once: the other came later
        assert aws.peek() == {"fake": "other"}


@pytest.mark.parametrize("empty", [False, True])
def test_a_value_that_comes_while_nothing_is_found_is_not_overwritten(aws: AwsSecretsManagerBench, empty: bool) -> None:
    if empty:
        aws.client.create_secret(Name=aws.place)
    aws.interruptions["DescribeSecret"] = lambda: aws.plant({"fake": "other"})
    refused(lambda: entry_of(aws).write(NEW, None))
    assert aws.peek() == {"fake": "other"}


def test_who_is_late_makes_no_version(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    late = aws.store().fetch(aws.place).version
    aws.plant({"fake": "other"})
    with pytest.raises(StoreChangedError):
        aws.store().put(aws.place, values(NEW), late)
    versions = aws.client.list_secret_version_ids(SecretId=aws.place, IncludeDeprecated=True)["Versions"]
    assert len(versions) == 2


def test_who_is_late_to_create_a_secret_loses(aws: AwsSecretsManagerBench) -> None:
    aws.interruptions["CreateSecret"] = lambda: aws.plant({"fake": "other"})
    with pytest.raises(StoreChangedError):
        entry_of(aws).write(NEW, None)
    assert aws.peek() == {"fake": "other"}


def test_a_secret_that_is_deleted_meanwhile_is_not_written(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    fetched = aws.store().fetch(aws.place)
    aws.client.delete_secret(SecretId=aws.place, ForceDeleteWithoutRecovery=True)
    with pytest.raises(StoreChangedError):
        aws.store().put(aws.place, values(NEW), fetched.version)
    with pytest.raises(StoreChangedError):
        aws.store().delete(aws.place, fetched.version)
    assert aws.peek() is None


@pytest.mark.parametrize("action", ["CreateSecret", "PutSecretValue", "UpdateSecretVersionStage"])
def test_a_write_whose_answer_is_lost_has_landed(aws: AwsSecretsManagerBench, action: str) -> None:
    if action != "CreateSecret":
        aws.plant(values(OLD))
    aws.lost.add(action)
    entry_of(aws).write(NEW, OLD if action != "CreateSecret" else None)
    assert aws.peek() == values(NEW)
    assert not aws.lost


@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_a_write_without_the_permission_changes_nothing(aws: AwsSecretsManagerBench, action: str) -> None:
    aws.plant(values(OLD))
    aws.refusals[action] = "AccessDeniedException"
    assert f"secretsmanager:{action}" in refused(lambda: entry_of(aws).write(NEW, OLD))
    assert aws.peek() == values(OLD)


def test_a_write_that_aws_does_not_take_is_no_change_by_another(aws: AwsSecretsManagerBench) -> None:
    """It refuses to write a secret that another service manages with the code that it has for a deleted one."""
    aws.plant(values(OLD))
    aws.refusals["PutSecretValue"] = "InvalidRequestException"
    assert "InvalidRequestException" in refused(lambda: entry_of(aws).write(NEW, OLD))
    assert aws.peek() == values(OLD)


def test_a_label_that_was_left_behind_does_not_stop_a_write(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    aws.refusals["UpdateSecretVersionStage"] = "AccessDeniedException"
    refused(lambda: entry_of(aws).write(NEW, OLD))
    assert len(labels(aws)) == 2
    aws.refusals.clear()
    entry_of(aws).write(NEW, OLD)
    assert labels(aws) == [["AWSCURRENT"], ["AWSPREVIOUS"]]


# Deleting


def test_a_removed_secret_can_be_restored_within_its_window(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    entry_of(aws).remove(OLD)
    assert aws.peek() is None
    aws.client.restore_secret(SecretId=aws.place)
    assert aws.peek() == values(OLD)


def test_a_window_of_nothing_deletes_for_good(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    entry_of(aws, recovery_window=0).remove(OLD)
    with pytest.raises(aws.client.exceptions.ResourceNotFoundException):
        aws.client.describe_secret(SecretId=aws.place)
    assert entry_of(aws).read() is None


def test_deleting_without_the_permission_names_it(aws: AwsSecretsManagerBench) -> None:
    aws.plant(values(OLD))
    aws.refusals["DeleteSecret"] = "AccessDeniedException"
    assert "secretsmanager:DeleteSecret" in refused(lambda: entry_of(aws).remove(OLD))
    assert aws.peek() == values(OLD)
