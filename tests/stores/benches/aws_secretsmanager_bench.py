# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Secrets Manager by moto on loopback, made as strict about labels as AWS documents it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.secretsmanager import exceptions, models

from ansible_collections.sailpoint_community.isc.plugins.module_utils._stores import aws_secretsmanager
from ansible_collections.sailpoint_community.isc.tests.stores.servers.calls import DONE, SILENCE, Calls

REGION = "eu-central-1"
CURRENT = "AWSCURRENT"
DEFAULTS = {name: option.get("default") for name, option in aws_secretsmanager.SPEC.items()}
_BOTOCORE: Any = import_module("botocore.session")
_LOADER = _BOTOCORE.create_loader()

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class AwsSecretsManagerBench:
    """One account of AWS, with what goes wrong there, by action.

    ``refusals`` has an error code for each refused action, or for all of them by ``*``. ``interruptions`` has what
    another program does just before the next such action, and ``lost`` names those that are done without an answer.
    """

    place = "isc/fake-token"
    compares: Mapping[str, int] = {"put": 5, "delete": 1}
    own_secrets = ("fake-secret-access-key",)

    def __init__(self, folder: Path) -> None:
        self.refusals: dict[str, str] = {}
        self.interruptions: dict[str, Callable[[], object]] = {}
        self.lost: set[str] = set()
        self.calls = Calls()
        self._turn = threading.Lock()
        self._ends = ExitStack()
        patch = self._ends.enter_context(pytest.MonkeyPatch.context())
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION"):
            patch.delenv(name, raising=False)
        self._environment = {
            "AWS_ACCESS_KEY_ID": "fake-access-key",
            "AWS_SECRET_ACCESS_KEY": "fake-secret-access-key",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(folder / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        }
        for name, value in self._environment.items():
            patch.setenv(name, value)
        # What describes AWS to boto3 is read once for all connections: it takes most of their time.
        patch.setattr(_BOTOCORE, "create_loader", lambda _path: _LOADER)
        _make_strict(patch)
        models.secretsmanager_backends.reset()
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        self._ends.callback(server.stop)
        self.endpoint = "http://{}:{}".format(*server.get_host_and_port())
        running: Any = server._server
        self._ends.callback(running.server_close)
        running.app = self._refusing(running.app)
        self.client: Any = self.another_client()

    def store(self, **options: object) -> aws_secretsmanager.AwsSecretsManagerStore:
        """Return the store, connected anew."""
        given = {"name": self.place, "region": REGION, "endpoint_url": self.endpoint, **options}
        return aws_secretsmanager.AwsSecretsManagerStore({**DEFAULTS, **given})

    def option(self) -> dict[str, Any]:
        """Return the option that leads a task here."""
        return {"aws_secretsmanager": {"name": self.place, "region": REGION, "endpoint_url": self.endpoint}}

    def environment(self) -> dict[str, str]:
        """Return the fake credentials."""
        return dict(self._environment)

    def another_client(self, region: str = REGION) -> Any:
        """Return a client of another program."""
        return boto3.session.Session().client("secretsmanager", region_name=region, endpoint_url=self.endpoint)

    def peek(self) -> Mapping[str, object] | None:
        """Return what a consumer finds; a text that is no object by the key ``text``."""
        try:
            text = self.client.get_secret_value(SecretId=self.place)["SecretString"]
        except (self.client.exceptions.ResourceNotFoundException, self.client.exceptions.InvalidRequestException):
            return None
        try:
            values: Mapping[str, object] = json.loads(text)
        except (ValueError, RecursionError):
            return {"text": text}
        return values

    def plant(self, content: Mapping[str, object] | str) -> None:
        """Put a secret there, or a new version of it, as another program would: it restores one that is deleted."""
        text = content if isinstance(content, str) else json.dumps(content)
        try:
            self.client.create_secret(Name=self.place, SecretString=text)
        except self.client.exceptions.ResourceExistsException:
            self.client.restore_secret(SecretId=self.place)
            self.client.put_secret_value(SecretId=self.place, SecretString=text)

    @contextmanager
    def denied(self) -> Iterator[None]:
        """Refuse everything, as a policy without a single permission does."""
        self.refusals["*"] = "AccessDeniedException"
        try:
            yield
        finally:
            del self.refusals["*"]

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Connect every store that is opened meanwhile to a port where nobody listens."""
        endpoint = self.endpoint
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            self.endpoint = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            try:
                yield
            finally:
                self.endpoint = endpoint

    def close(self) -> None:
        """Stop the server, and restore the environment and moto."""
        self._ends.close()

    def _refusing(self, application: Application) -> Application:
        def refuse(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
            fault = self.calls.come(writes=action in ("CreateSecret", "PutSecretValue", "DeleteSecret"))
            if fault:
                if fault == DONE:
                    with self._turn:
                        b"".join(application(environ, lambda *_answer: None))
                else:
                    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                return _fail(fault, environ, start_response)
            code = self.refusals.get(action) or self.refusals.get("*")
            if code is None:
                self.interruptions.pop(action, lambda: None)()
                if action not in self.lost:
                    with self._turn:  # moto looks and then writes; at AWS nobody comes between
                        return application(environ, start_response)
                self.lost.remove(action)
                b"".join(application(environ, lambda *_answer: None))
                start_response("500 Internal Server Error", [("Content-Type", "application/x-amz-json-1.1")])
                return [b'{"__type": "InternalServiceError", "message": "fake-secret of the server"}']
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
            return [json.dumps({"__type": code, "message": "fake-secret of the server"}).encode()]

        return refuse


def _fail(fault: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if fault == "denied":
        start_response("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")])
        return [b'{"__type": "AccessDeniedException", "message": "fake-secret of the server"}']
    if fault != "broken":
        time.sleep(SILENCE if fault == "silent" else 0)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    start_response("503 Service Unavailable", [("Content-Type", "application/x-amz-json-1.1")])
    return [b'{"__type": "ServiceUnavailableException", "message": "fake-secret of the server"}']


def _make_strict(patch: pytest.MonkeyPatch) -> None:
    """Hold moto to what AWS documents of labels and of deleted secrets, which moto leaves out.

    A label that is attached to another version moves only if RemoveFromVersionId names that one; whoever names no
    version gets the one with AWSCURRENT; and a secret without one has no value, which is not to be without a secret.
    Nothing of a secret changes while it is scheduled for deletion.
    """
    backend_class = models.SecretsManagerBackend
    move, get, put = (
        backend_class.update_secret_version_stage,
        backend_class.get_secret_value,
        backend_class.put_secret_value,
    )

    def strict_move(backend: Any, secret_id: str, version_stage: str, **ends: Any) -> Any:
        secret = _not_deleted(backend, secret_id)
        remove_from, move_to = ends["remove_from_version_id"], ends["move_to_version_id"]
        holder = _holder(secret, version_stage) if secret else None
        if move_to and holder and holder not in (move_to, remove_from):
            raise exceptions.InvalidParameterException("fake-secret: the label is on another version")
        if secret and not holder and not remove_from:
            secret.versions[move_to]["version_stages"].append(version_stage)
            answer = secret.arn, secret.name
        else:
            answer = move(backend, secret_id, version_stage, **ends)
        if secret:
            secret.set_default_version_id(_holder(secret, CURRENT))
        return answer

    def strict_get(backend: Any, secret_id: str, version_id: str, version_stage: str) -> Any:
        secret = backend.secrets.get(secret_id)
        if secret and not secret.is_deleted() and not version_id and not _holder(secret, version_stage or CURRENT):
            raise exceptions.SecretHasNoValueException(version_stage or CURRENT)
        return get(backend, secret_id, version_id, version_stage)

    def strict_put(backend: Any, secret_id: str, *values: Any, **named: Any) -> Any:
        _not_deleted(backend, secret_id)
        return put(backend, secret_id, *values, **named)

    patch.setattr(backend_class, "update_secret_version_stage", strict_move)
    patch.setattr(backend_class, "get_secret_value", strict_get)
    patch.setattr(backend_class, "put_secret_value", strict_put)


def _not_deleted(backend: Any, name: str) -> Any:
    """Return the secret, None if there is none."""
    secret = backend.secrets.get(name)
    if secret and secret.is_deleted():
        raise exceptions.InvalidRequestException("fake-secret: the secret is marked for deletion")
    return secret


def _holder(secret: Any, label: str) -> str | None:
    return next((name for name, version in secret.versions.items() if label in version["version_stages"]), None)


def open_bench(folder: Path) -> AwsSecretsManagerBench:
    """Return a new account with nothing in it."""
    return AwsSecretsManagerBench(folder)
