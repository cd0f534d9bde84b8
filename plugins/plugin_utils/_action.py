# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's run in the controller's own process where that is possible, the module shipped otherwise."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.release import __version__ as core_version
from ansible.utils.display import Display

from ..module_utils._base.secret import Secrets, masked, structure_of
from ..module_utils._modules.entry import HANDED_WARNINGS, REGISTERS_NOTHING, EntryPoint, execute
from ..module_utils._modules.shown import without_unknown
from ..module_utils._run.claims import Claims
from ..module_utils._run.context import Context
from ._vault import VaultCipher, decrypted

display = Display()

CENSORS_LOOP_ITEMS = (2, 19)
"""The first ansible-core that censors a loop's item where only the action plugin asks for it (json and junit)."""

TELLS_CENSORED_FAILURES = (2, 19)
"""The first ansible-core that prints the message of a failure although its result is censored."""

GIVEN = "_isc_given"
"""The attribute of a task that keeps what it was given from one try to the next; core copies and shows none like it."""

CLAIMS = Path(constants.DEFAULT_LOCAL_TMP) / "isc-claims"
"""A folder that all hosts share, in the one that core makes for a run of Ansible and removes at its end."""

NOT_STARTED = (126, 127)
"""The return codes of a shell for a program that it cannot run, and for one that it cannot find."""

SECRET_VARIABLES = ("SAIL_CLIENT_SECRET", "SAIL_ACCESS_TOKEN")
"""Environment variables that hold a secret."""


class IscActionBase(ActionBase):
    """What the action plugins of the collection share; each of them names its ``entry``."""

    entry: EntryPoint
    _given_secrets: frozenset[str] = frozenset()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return its result, marked for censoring where it carries a secret."""
        self._take(self._given_arguments())
        try:
            result = self._unguarded(tmp, task_vars)
        finally:
            # Callbacks get them with the result, also that of a task that ran out of time or did not reach its host,
            # and print them where ANSIBLE_DISPLAY_ARGS_TO_STDOUT is set.
            given, self._task.args = self._task.args, self._shown(self._task.args)
            setattr(self._task, GIVEN, (self._task.args, given, self._task.environment))
            # They get these too: the environment templated, the defaults templated before ansible-core 2.19.
            self._task.environment = self._task.module_defaults = []
        return self._guard(result, task_vars or {})

    def _take(self, arguments: Mapping[str, Any]) -> None:
        """Make these the arguments of the task, and note the secrets in them."""
        self._task.args = decrypted(arguments)
        given = (*_given_to(self.entry.argument_spec, self._task.args), *self.entry.raw_secrets(self._task.args))
        self._given_secrets |= frozenset(filter(None, given))

    def _unguarded(self, tmp: str | None, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        validation = ArgumentSpecValidator(dict(self.entry.argument_spec)).validate(self._task.args)
        self._given_secrets |= frozenset(map(str, validation._no_log_values))
        # Before super().run(), which refuses async too, but only after core has prepared to write the result to disk.
        refusal = self._refusal()
        if refusal is not None:
            return {"failed": True, "msg": refusal}
        result: dict[str, Any] = super().run(tmp, task_vars)
        result.update(self._run(validation, task_vars))
        return result

    @property
    def _module(self) -> str:
        return f"sailpoint_community.isc.{self.entry.name}"

    def _given_arguments(self) -> dict[str, Any]:
        """Return the arguments as they were given, and put the environment back where it was taken away.

        The next try of `until`, by another plugin, meets what was left for callbacks.
        """
        arguments: dict[str, Any] = self._task.args
        shown, given, environment = getattr(self._task, GIVEN, (None, arguments, None))
        if shown is not arguments:
            return arguments
        self._task.environment = environment
        return given

    def _shown(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as callbacks may see them: nothing secret, nor what may be a secret in a wrong place."""
        secrets = {
            form for value in self._given_secrets for form in (value, repr(value)[1:-1], json.dumps(value)[1:-1])
        }
        shown = masked(arguments, sorted(secrets, key=len, reverse=True))
        return dict(without_unknown(shown, self.entry.argument_spec))

    def _refusal(self) -> str | None:
        """Return why this task cannot keep its secrets, if so."""
        if self._task.async_val:
            return (
                f"{self.entry.name} does not run with async: the job's result would lie on disk in plain text, "
                "bearer tokens and secrets included; remove async and poll"
            )
        if (
            self.entry.secret_keys
            and self._task.loop is not None
            and not self._task.no_log
            and _core() < CENSORS_LOOP_ITEMS
        ):
            return (
                f"{self.entry.name} in a loop needs no_log: true with ansible-core {core_version}: before 2.19, some "
                "callbacks print the secrets of a loop's items in plain text; add no_log: true to the task"
            )
        return None

    def _loss(self, options: Mapping[str, Any]) -> str | None:
        """Return why a secret would be lost, if so: core throws away the result of every try but the last one."""
        retries = self._task.retries
        repeats = bool(self._task.until) if retries is None else retries > 0
        name = self.entry.unstored(options) if repeats and self.entry.unstored else None
        if name is None:
            return None
        return (
            f"personal access token {name!r} has no store, and the keywords until and retries repeat the task: the "
            "secret of a token that one try makes is lost in the next; give store, or leave these keywords out (the "
            "option retries repeats calls)"
        )

    def _run(self, validation: ValidationResult, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        secrets = Secrets()
        for value in self._given_secrets:
            secrets.learn(value)
            # The validator quotes what it complains of.
            secrets.learn(repr(value)[1:-1])
        if validation.error_messages:
            texts = dict.fromkeys(map(self._complaint, validation.errors.errors))
            # The reason of an error comes as an error of its own too.
            complaints = [text for text in texts if not any(text != other and text in other for other in texts)]
            return {"failed": True, "msg": secrets.redact("; ".join(complaints))}
        loss = self._loss(validation.validated_parameters)
        if loss is not None:
            return {"failed": True, "msg": loss}
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        if self._connection.transport != "local" or self._connection.become is not None:
            return self._ship(environment, task_vars)
        with _environ(environment):
            context = Context(
                self._task.check_mode,
                os.environ,
                secrets,
                cipher_for=self._cipher_for,
                tmpdir=constants.DEFAULT_LOCAL_TMP,
                registers=self._task.register is not None,
                claims=Claims(CLAIMS, (task_vars or {}).get("inventory_hostname", "")),
            )
            return execute(self.entry, validation.validated_parameters, context)

    def _complaint(self, error: Exception) -> str:
        """Return what the validator complains of; what AnsibleModule adds to it is added here too."""
        if isinstance(error, UnsupportedError):
            return f"Unsupported parameters for ({self._module}) module: {error}"
        return str(error)

    def _cipher_for(self, vault_id: str | None) -> VaultCipher:
        return VaultCipher(self._loader._vault.secrets, vault_id)

    def _ship(self, environment: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        shown = [name for name in SECRET_VARIABLES if environment.get(name)]
        if shown:
            msg = (
                f"{' and '.join(shown)} cannot go to the target by environment: it becomes part of the command line, "
                "which -vvv prints and everybody on the target can read; give the secret as an option"
            )
            return {"failed": True, "msg": msg}
        # The connection prints what the module answers at -vvv, before any result is there to be censored.
        self._connection._play_context.no_log = True
        given = self._task.environment
        if self._task.register is None:
            self._task.environment = [*(given or ()), {REGISTERS_NOTHING: "1"}]
        try:
            # A copy of the options: core adds its own to what it is given, and the next try of until would find them.
            result: dict[str, Any] = self._execute_module(
                module_name=self._module,
                module_args=dict(self._task.args),
                task_vars=task_vars,
            )
        except AnsibleConnectionFailure:
            # The reason was censored with the answer: a command that does nothing fails with the same, in full.
            self._connection._play_context.no_log = self._task.no_log
            self._low_level_execute_command(":", sudoable=False)
            raise
        finally:
            self._task.environment = given
        if HANDED_WARNINGS in result:
            result["warnings"] = [*result.get("warnings", ()), *result.pop(HANDED_WARNINGS)]
        # It shows every option that is not known as a secret, one that was given in the place of another too.
        result.pop("invocation", None)
        if self.entry.secret_keys and "module_stdout" in result:
            for raw in ("module_stdout", "module_stderr", "exception"):
                result.pop(raw, None)
            result["msg"] = self._how_it_ended(result.get("rc", "unknown"))
        return result

    def _how_it_ended(self, code: object) -> str:
        """Return what is known of a shipped module whose output cannot be shown."""
        if code in NOT_STARTED:
            return (
                f"{self.entry.name} did not start on the target (return code {code}): its Python was not found there, "
                "or could not be run; check ansible_python_interpreter"
            )
        unknown = "only a list shows whether a token was made: " if self.entry.unstored else ""
        return (
            f"{self.entry.name} did not end properly on the target, and what it printed is withheld, since a secret "
            f"may be in it (return code {code}); {unknown}run the task again"
        )

    def _guard(self, result: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result, censored where it carries a secret, with all that is not secret told all the same."""
        secrets = Secrets()
        carried = [value for key in self.entry.secret_keys for value in _secrets_in(result.get(key))]
        for value in carried:
            secrets.learn(value)
        if carried or self._item_holds_secret(task_vars):
            result["_ansible_no_log"] = True
            # The sum of a loop is censored by this alone before ansible-core 2.19.
            self._task.no_log = True
        if not self._task.no_log:
            return result
        host = task_vars.get("inventory_hostname", "")
        for line in result.get("diff", {}).get("prepared", "").splitlines():
            display.display(secrets.redact(f"{host}: {line}"))
        # A copy: since ansible-core 2.19 it is the very list that display.warning adds to.
        for warning in list(result.pop("warnings", ())):
            # Since ansible-core 2.19 a shipped module's warnings come as objects.
            text = getattr(getattr(warning, "event", None), "msg", warning)
            display.warning(secrets.redact(f"{host}: {text}"))
        if result.get("failed") and _core() < TELLS_CENSORED_FAILURES:
            display.warning(secrets.redact(f"{host}: {result.get('msg')}"))
        return result

    def _item_holds_secret(self, task_vars: Mapping[str, Any]) -> bool:
        """Return whether a loop's item, which core shows with every result, holds a secret that the task is given."""
        if self._task.loop is None:
            return False
        if "ansible_loop" in task_vars:
            return True  # loop_control.extended: every result would show all items of the loop
        item = str(task_vars.get(self._task.loop_control.loop_var or "item"))
        return any(value and (value in item or repr(value)[1:-1] in item) for value in self._given_secrets)


def _given_to(spec: Mapping[str, Any], given: object) -> Iterator[str]:
    """Yield what is given to secret options; the validator knows none of them where one option has a wrong type."""
    options = structure_of(given)
    for each in map(structure_of, options if isinstance(options, list) else [options]):
        if not isinstance(each, Mapping):
            continue
        for name, value in each.items():
            option = spec.get(name, {})
            if option.get("no_log"):
                yield str(value or "")
            if "options" in option:
                yield from _given_to(option["options"], value)


def _secrets_in(value: Any) -> list[str]:
    """Return the secrets in a secret key of a result: the value itself, or that of each of many credentials."""
    return [each["client_secret"] for each in value] if isinstance(value, list) else [value] if value else []


def _core() -> tuple[int, ...]:
    """Return the version of ansible-core, as far as it can be compared."""
    return tuple(int(number) for number in core_version.split(".")[:2])


@contextmanager
def _environ(values: Mapping[str, Any]) -> Iterator[None]:
    """Put the task's ``environment:`` into the process's for a while, since requests reads its proxies there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
