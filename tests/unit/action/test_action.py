# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins' base, without a playbook around it: where a module runs, and what becomes of its result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import getproxies

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.vault import VaultSecret

from ansible_collections.sailpoint_community.isc.plugins.action.declared_tokens import ActionModule
from ansible_collections.sailpoint_community.isc.plugins.module_utils._base.errors import IscError
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules import entry
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.access_token import ACCESS_TOKEN
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.entry import EntryPoint
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token import (
    PERSONAL_ACCESS_TOKEN,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._modules.personal_access_token_set import (
    PERSONAL_ACCESS_TOKEN_SET,
)
from ansible_collections.sailpoint_community.isc.plugins.module_utils._run.context import Context
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils import _action
from ansible_collections.sailpoint_community.isc.plugins.plugin_utils._vault import decrypted

SECRET = "fa4e-secret-of-a-test"
PLUGINS = sorted(path.stem for path in Path(_action.__file__).parents[1].joinpath("action").glob("[!_]*.py"))
CONTROLLERS_OWN = ("plan_summary", "token_report")
"""Those that never run on a target; each has tests of its own."""
MODULE_OF = {"declared_tokens": "personal_access_token_set"}
"""The module that an action plugin runs, where it is not that of its name."""


class Recorder:
    """Stands for Ansible's Display, and for the module: it notes what it is told."""

    def __init__(self) -> None:
        self.displayed: list[str] = []
        self.warned: list[str] = []
        self.runs: list[tuple[Mapping[str, Any], bool, dict[str, str]]] = []
        self.proxies: list[str | None] = []
        self.ciphers: list[Any] = []
        self.registers: list[bool] = []
        self.answer: dict[str, Any] = {"changed": False}
        self.error: BaseException | None = None

    def display(self, text: str) -> None:
        self.displayed.append(text)

    def warning(self, text: str) -> None:
        self.warned.append(text)

    def run(self, options: Mapping[str, Any], context: Context) -> dict[str, Any]:
        self.runs.append((options, context.check_mode, dict(context.environ)))
        self.ciphers.append(context.cipher_for)
        self.registers.append(context.registers)
        self.proxies.append(getproxies().get("https"))
        if self.error is not None:
            raise self.error
        return dict(self.answer)


class Action(_action.IscActionBase):
    """An action plugin with one secret option and one secret result; what it would ship is only noted."""

    shipped: list[dict[str, Any]]
    asked: list[str]
    shipped_answer: dict[str, Any] | Exception

    def _execute_module(self, **arguments: Any) -> dict[str, Any]:
        options = arguments["module_args"]
        self.shipped.append(
            {
                **arguments,
                "module_args": dict(options),
                "no_log": self._connection._play_context.no_log,
                "environment": self._task.environment,
            }
        )
        options["_ansible_of_core"] = True
        if isinstance(self.shipped_answer, Exception):
            raise self.shipped_answer
        return dict(self.shipped_answer)

    def _low_level_execute_command(self, command: str, *_arguments: Any, **_options: Any) -> dict[str, Any]:
        assert not self._connection._play_context.no_log, "what it says would be censored too"
        self.asked.append(command)
        raise AnsibleConnectionFailure("the fake host is down")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What was displayed, warned of and run."""
    recorder = Recorder()
    monkeypatch.setattr(_action, "display", recorder)
    return recorder


def action_of(
    recorder: Recorder, args: dict[str, Any] | None = None, kind: type[Action] = Action, **settings: Any
) -> Action:
    """Return the action plugin of a task; ``settings`` are the task's keywords, and the connection's."""
    task = SimpleNamespace(
        action="sailpoint_community.isc.fake",
        args=args or {},
        async_val=settings.pop("async_val", 0),
        check_mode=settings.pop("check_mode", False),
        diff=settings.pop("diff", False),
        environment=settings.pop("environment", None),
        loop=settings.pop("loop", None),
        loop_control=SimpleNamespace(loop_var=settings.pop("loop_var", "item")),
        no_log=settings.pop("no_log", False),
        register=settings.pop("register", "registered"),
        retries=settings.pop("retries", None),
        until=settings.pop("until", None),
    )
    connection = SimpleNamespace(
        transport=settings.pop("transport", "local"),
        become=settings.pop("become", None),
        _play_context=SimpleNamespace(no_log=task.no_log),
        _shell=SimpleNamespace(tmpdir=None, env_prefix=lambda **_values: ""),
    )
    templar = SimpleNamespace(template=lambda value: value)
    action = kind(task, connection, connection._play_context, None, templar, None)
    action.entry = EntryPoint(
        name="fake",
        argument_spec={
            "name": {"type": "str"},
            "timeout": {"type": "int", "default": 30},
            "client_secret": {"type": "str", "no_log": True},
            "access_token": {"type": "str", "no_log": True},
        },
        run=recorder.run,
        secret_keys=settings.pop("secret_keys", ("secret",)),
    )
    action.shipped, action.asked, action.shipped_answer = [], [], {"changed": False}
    assert not settings
    return action


def run(action: Action, **variables: Any) -> dict[str, Any]:
    """Run it for a host."""
    return action.run(task_vars={"inventory_hostname": "fake-host", **variables})


class Vaulted:
    """A value that encrypt_string has encrypted, as core hands it over before 2.19."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return SECRET


def test_a_vaulted_value_is_given_in_plain_text_and_known_as_a_secret(recorder: Recorder) -> None:
    recorder.answer = {"failed": True, "msg": f"it has {SECRET}"}
    action = action_of(recorder, {"client_secret": Vaulted()})
    result = run(action)
    assert recorder.runs[0][0]["client_secret"] == SECRET
    assert SECRET not in json.dumps([result, action._task.args])


def test_values_are_decrypted_at_any_depth() -> None:
    assert decrypted({"one": [{"two": Vaulted()}, 3], "four": None}) == {"one": [{"two": SECRET}, 3], "four": None}


# The task of the role


class RoleAction(ActionModule, Action):
    """The action plugin of the role, before the fake module."""


def role_action(recorder: Recorder, **settings: Any) -> tuple[Action, dict[str, Any]]:
    """Return it for a play with defaults for the group, and the variables of a host that has a secret of its own."""
    group = {"timeout": 10, "client_secret": "fa4e-of-the-group", "revoke": "one", "approved": {}, "on_error": "fail"}
    action = action_of(recorder, group, kind=RoleAction, **settings)
    variables = {"tokens_declared": [], "tokens_store": {}, "tokens_connection": {"client_secret": SECRET}}
    spec = {name: {"type": "raw"} for name in ("personal_access_tokens", "store", "on_error")}
    action.entry = replace(action.entry, argument_spec={**action.entry.argument_spec, **spec})
    return action, variables


def test_the_variables_of_the_role_override_the_defaults_of_the_group(recorder: Recorder) -> None:
    """What only the role gives is not taken from them: a revoke meant for another task would cut consumers off."""
    action, variables = role_action(recorder)
    assert run(action, **variables) == {"changed": False}
    (options, _check_mode, _environ) = recorder.runs[0]
    assert (options["timeout"], options["client_secret"], options["on_error"]) == (10, SECRET, "report")


@pytest.mark.parametrize("elsewhere", [{}, {"transport": "ssh"}])
def test_nothing_that_the_variables_of_the_role_hold_reaches_a_callback(
    recorder: Recorder, elsewhere: dict[str, Any]
) -> None:
    recorder.answer = {"failed": True, "msg": f"it has {SECRET}"}
    action, variables = role_action(recorder, **elsewhere)
    result = run(action, **variables)
    assert SECRET not in json.dumps([result, action._task.args])
    assert "fa4e-of-the-group" not in json.dumps(action._task.args)
    assert action._task.args["on_error"] == "report"


def test_a_secret_that_no_specification_knows_is_redacted_too(recorder: Recorder) -> None:
    """The store of a single token is such a place."""
    recorder.answer = {"failed": True, "msg": f"it has {SECRET}"}
    action, variables = role_action(recorder)
    action.entry = replace(action.entry, raw_secrets=lambda options: options.get("store", {}).values())
    result = run(action, **{**variables, "tokens_connection": {}, "tokens_store": {"hidden": SECRET}})
    assert SECRET not in json.dumps([result, action._task.args])


def test_wrong_variables_of_the_role_are_told_as_those_of_a_task(recorder: Recorder) -> None:
    action, variables = role_action(recorder)
    variables["tokens_store"] = None
    assert run(action, **variables) == {"failed": True, "msg": "tokens_store is not set; the role needs it"}
    assert "fa4e-of-the-group" not in json.dumps(action._task.args)
    assert action._task.environment == []
    assert not recorder.runs


# Where it runs


@pytest.mark.parametrize("plugin", [name for name in PLUGINS if name not in CONTROLLERS_OWN])
def test_every_action_plugin_runs_its_module(plugin: str) -> None:
    package = "ansible_collections.sailpoint_community.isc.plugins"
    action = import_module(f"{package}.action.{plugin}").ActionModule
    assert issubclass(action, _action.IscActionBase)
    assert action.entry.name == MODULE_OF.get(plugin, plugin)
    assert Path(_action.__file__).parents[1].joinpath("modules", f"{plugin}.py").is_file()


def test_there_are_action_plugins() -> None:
    assert PLUGINS == [
        "access_token",
        "declared_tokens",
        "personal_access_token",
        "personal_access_token_export",
        "personal_access_token_info",
        "personal_access_token_set",
        "plan_summary",
        "stored_credentials",
        "token_report",
    ]


def test_a_local_connection_runs_it_in_this_process(recorder: Recorder) -> None:
    recorder.answer = {"changed": True}
    action = action_of(recorder, {"name": "one"})
    assert run(action) == {"changed": True}
    assert not action.shipped
    assert recorder.runs[0][0] == {"name": "one", "timeout": 30, "client_secret": None, "access_token": None}


@pytest.mark.parametrize("elsewhere", [{"transport": "ssh"}, {"become": object()}])
def test_another_connection_or_another_user_gets_it_shipped(recorder: Recorder, elsewhere: dict[str, Any]) -> None:
    action = action_of(recorder, **elsewhere)
    action.shipped_answer = {"changed": True}
    assert run(action) == {"changed": True}
    assert not recorder.runs
    (shipped,) = action.shipped
    assert shipped["module_args"] == {}
    assert shipped["module_name"] == "sailpoint_community.isc.fake"
    assert shipped["task_vars"] == {"inventory_hostname": "fake-host"}


def test_until_can_ship_it_again(recorder: Recorder) -> None:
    action = action_of(recorder, {"name": "one"}, transport="ssh")
    assert "failed" not in run(action)
    assert "failed" not in run(action)
    assert [shipped["module_args"] for shipped in action.shipped] == [{"name": "one"}] * 2


@pytest.mark.parametrize("elsewhere", [{}, {"transport": "ssh"}])
def test_callbacks_see_no_environment_and_the_next_try_has_it(recorder: Recorder, elsewhere: dict[str, Any]) -> None:
    given = [{"FAKE_GIVEN": "fa4e"}]
    action = action_of(recorder, environment=given, **elsewhere)
    for _try in range(2):
        run(action)
        assert action._task.environment == []
    tried = [environ["FAKE_GIVEN"] for _options, _check_mode, environ in recorder.runs]
    assert tried == ([] if elsewhere else ["fa4e"] * 2)
    assert [shipped["environment"] for shipped in action.shipped] == ([given] * 2 if elsewhere else [])


@pytest.mark.parametrize("elsewhere", [{}, {"transport": "ssh"}])
def test_wrong_options_are_not_shipped_either(recorder: Recorder, elsewhere: dict[str, Any]) -> None:
    action = action_of(recorder, {"nam": "one"}, **elsewhere)
    assert "nam" in run(action)["msg"]
    assert not recorder.runs
    assert not action.shipped


@pytest.mark.parametrize("check_mode", [True, False])
def test_check_mode_is_handed_on(recorder: Recorder, check_mode: bool) -> None:
    run(action_of(recorder, check_mode=check_mode))
    assert recorder.runs[0][1] is check_mode


@pytest.mark.parametrize("diff", [True, False])
def test_the_diff_is_handed_on_for_core_to_show_or_not(recorder: Recorder, diff: bool) -> None:
    recorder.answer = {"changed": True, "diff": {"before": {}, "after": {"name": "one"}}}
    assert run(action_of(recorder, diff=diff))["diff"] == {"before": {}, "after": {"name": "one"}}


def test_the_environment_is_in_force_during_the_run_alone(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_KEPT", "before")
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    before = dict(os.environ)
    play, task = {"FAKE_KEPT": "of the play", "HTTPS_PROXY": "http://proxy.invalid:1"}, {"FAKE_KEPT": 1}
    run(action_of(recorder, environment=[play, task]))
    seen = recorder.runs[0][2]
    assert seen["FAKE_KEPT"] == "1"
    # What requests uses, for it reads the process's environment.
    assert recorder.proxies == ["http://proxy.invalid:1"]
    assert dict(os.environ) == before


def test_the_environment_is_restored_after_a_failure(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_KEPT", "before")
    recorder.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(action_of(recorder, environment=[{"FAKE_KEPT": "during", "FAKE_NEW": "during"}]))
    assert os.environ["FAKE_KEPT"] == "before"
    assert "FAKE_NEW" not in os.environ


def test_the_run_in_this_process_has_the_vault_of_the_play(recorder: Recorder) -> None:
    action = action_of(recorder)
    action._loader = SimpleNamespace(_vault=SimpleNamespace(secrets=[("fake", VaultSecret(b"fake-password"))]))
    run(action)
    (cipher_for,) = recorder.ciphers
    assert cipher_for is not None
    assert cipher_for("fake").encrypt("text").startswith(b"$ANSIBLE_VAULT;1.2;AES256;fake")


# What it refuses


@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_async_is_refused_with_the_reason(recorder: Recorder, transport: str) -> None:
    action = action_of(recorder, async_val=10, transport=transport)
    result = run(action)
    assert result["failed"]
    assert "async" in result["msg"]
    assert "on disk in plain text" in result["msg"]
    assert not recorder.runs
    assert not action.shipped


TENANT = {"base_url": "https://fake.invalid"}
UNSTORED = {"personal_access_tokens": [{"name": "kept", "store": {"file": {"path": "/x"}}}, {"name": "lost"}]}
STORED_SET = {"personal_access_tokens": [{"name": "kept"}], "stored_credentials": {"kept": {}}}


@pytest.mark.parametrize("repeats", [{"until": ["result is success"]}, {"retries": 2}])
@pytest.mark.parametrize("transport", ["local", "ssh"])
@pytest.mark.parametrize(
    ("made_by", "options"),
    [
        (PERSONAL_ACCESS_TOKEN, {"name": "lost"}),
        (
            PERSONAL_ACCESS_TOKEN_SET,
            {"personal_access_tokens": [{"name": "gone", "state": "absent"}, {"name": "lost"}]},
        ),
        (PERSONAL_ACCESS_TOKEN_SET, UNSTORED),
    ],
)
def test_a_secret_is_not_lost_with_the_result_of_the_try_that_made_its_token(
    recorder: Recorder, made_by: EntryPoint, options: dict[str, Any], transport: str, repeats: dict[str, Any]
) -> None:
    action = action_of(recorder, {**TENANT, **options}, transport=transport, **repeats)
    action.entry = replace(made_by, run=recorder.run)
    result = run(action)
    assert result["failed"]
    assert result["msg"].startswith("personal access token 'lost' has no store, and the keywords until and retries")
    assert not recorder.runs
    assert not action.shipped


@pytest.mark.parametrize(
    ("made_by", "options"),
    [
        (ACCESS_TOKEN, {}),
        (PERSONAL_ACCESS_TOKEN, {"name": "kept", "store": {"file": {"path": "/x"}}}),
        (PERSONAL_ACCESS_TOKEN, {"name": "kept", "stored_credentials": {}}),
        (PERSONAL_ACCESS_TOKEN, {"name": "gone", "state": "absent"}),
        (PERSONAL_ACCESS_TOKEN, {"id": "fa4e1d00" * 4}),
        (PERSONAL_ACCESS_TOKEN_SET, STORED_SET),
        (PERSONAL_ACCESS_TOKEN_SET, {**UNSTORED, "store": {"file": {"path": "/{key}"}}}),
    ],
)
def test_a_task_may_be_repeated_that_can_lose_no_secret(
    recorder: Recorder, made_by: EntryPoint, options: dict[str, Any]
) -> None:
    action = action_of(recorder, {**TENANT, **options}, until=["result is success"])
    action.entry = replace(made_by, run=recorder.run)
    assert "failed" not in run(action)


def test_until_without_another_try_loses_nothing(recorder: Recorder) -> None:
    action = action_of(recorder, {**TENANT, "name": "once"}, until=["result is success"], retries=0)
    action.entry = replace(PERSONAL_ACCESS_TOKEN, run=recorder.run)
    assert "failed" not in run(action)


@pytest.mark.parametrize("core", ["2.16.19", "2.18.0", "2.18.19rc1"])
def test_a_loop_without_no_log_is_refused_before_core_2_19(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, core: str
) -> None:
    monkeypatch.setattr(_action, "core_version", core)
    result = run(action_of(recorder, loop=["one"]))
    assert result["failed"]
    assert "no_log: true" in result["msg"]
    assert core in result["msg"]
    assert not recorder.runs


@pytest.mark.parametrize(
    ("core", "settings"),
    [
        ("2.18.19", {"loop": ["one"], "no_log": True}),
        ("2.18.19", {"loop": ["one"], "secret_keys": ()}),
        ("2.18.19", {}),
        ("2.19.0", {"loop": ["one"]}),
        ("2.22.0rc1", {"loop": ["one"]}),
    ],
)
def test_other_loops_are_fine(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, core: str, settings: dict[str, Any]
) -> None:
    monkeypatch.setattr(_action, "core_version", core)
    assert "failed" not in run(action_of(recorder, **settings))
    assert len(recorder.runs) == 1


def test_an_unknown_option_is_named(recorder: Recorder) -> None:
    result = run(action_of(recorder, {"nam": "one", "client_secret": SECRET}))
    assert result["failed"]
    # As AnsibleModule words it where the module is shipped.
    supported = "Supported parameters include: access_token, client_secret, name, timeout."
    assert result["msg"] == f"Unsupported parameters for (sailpoint_community.isc.fake) module: nam. {supported}"
    assert SECRET not in str(result)
    assert not recorder.runs


@pytest.mark.parametrize(
    ("options", "named"),
    [({"name": "one", "store": "file"}, "store"), ({"name": "one", "stored_credentials": "not-found"}, "stored_cred")],
)
def test_the_reason_of_a_refusal_is_told_once(recorder: Recorder, options: dict[str, Any], named: str) -> None:
    action = action_of(recorder, options)
    action.entry = replace(PERSONAL_ACCESS_TOKEN, run=recorder.run)
    message = run(action)["msg"]
    assert message.startswith(f"argument '{named}")
    assert message.count("dictionary requested, could not parse JSON or key=value") == 1


def test_a_secret_in_the_wrong_option_is_not_shown(recorder: Recorder) -> None:
    result = run(action_of(recorder, {"timeout": SECRET, "client_secret": SECRET}))
    assert result["failed"]
    assert "timeout" in result["msg"]
    assert SECRET not in str(result)


def test_a_secret_in_an_errors_text_is_not_shown(recorder: Recorder) -> None:
    recorder.error = IscError(f"the server said {SECRET}")
    assert run(action_of(recorder, {"client_secret": SECRET})) == {"failed": True, "msg": "the server said ********"}


def test_nothing_is_shown_of_an_unexpected_exception(recorder: Recorder) -> None:
    recorder.error = ValueError("fa4e secret that nobody learnt")
    result = run(action_of(recorder))
    assert result["failed"]
    assert "ValueError" in result["msg"]
    assert "fa4e" not in str(result)


@pytest.mark.parametrize("name", ["SAIL_CLIENT_SECRET", "SAIL_ACCESS_TOKEN"])
def test_a_secret_in_the_environment_is_not_shipped(recorder: Recorder, name: str) -> None:
    action = action_of(recorder, transport="ssh", environment=[{name: SECRET, "SAIL_BASE_URL": "https://x.invalid"}])
    result = run(action)
    assert result["failed"]
    assert name in result["msg"]
    assert SECRET not in str(result)
    assert not action.shipped


@pytest.mark.parametrize("values", [{"SAIL_BASE_URL": "https://x.invalid"}, {"SAIL_CLIENT_SECRET": ""}])
def test_the_rest_of_the_environment_is_shipped(recorder: Recorder, values: dict[str, str]) -> None:
    action = action_of(recorder, transport="ssh", environment=[values])
    assert "failed" not in run(action)
    assert len(action.shipped) == 1


# What becomes of a result


@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_a_result_with_a_secret_is_censored_and_whole(recorder: Recorder, transport: str) -> None:
    action = action_of(recorder, transport=transport)
    recorder.answer = action.shipped_answer = {"changed": True, "secret": SECRET, "client_id": "fa4e"}
    result = run(action)
    assert result.pop("_ansible_no_log") is True
    assert action._task.no_log is True, "the sum of a loop is censored by it before 2.19"
    assert result == {"changed": True, "secret": SECRET, "client_id": "fa4e"}


@pytest.mark.parametrize("answer", [{"changed": True}, {"secret": ""}, {"secret": None}, {"failed": True, "msg": "no"}])
@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_a_result_without_a_secret_is_shown(recorder: Recorder, transport: str, answer: dict[str, Any]) -> None:
    action = action_of(recorder, transport=transport)
    recorder.answer = action.shipped_answer = answer
    assert "_ansible_no_log" not in run(action)
    assert action._task.no_log is False
    assert not recorder.displayed
    assert not recorder.warned


@pytest.mark.parametrize("option", ["client_secret", "access_token"])
@pytest.mark.parametrize("secret", [SECRET, "fake\"se\\cret'"])
@pytest.mark.parametrize("core", ["2.18.0", "2.19.0"])
def test_a_loop_over_secrets_is_censored_even_when_it_fails(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, core: str, secret: str, option: str
) -> None:
    monkeypatch.setattr(_action, "core_version", core)
    recorder.answer = {"failed": True, "msg": "refused"}
    action = action_of(recorder, {option: secret}, loop=["..."], loop_var="pair")
    result = run(action, pair={"id": "one", "secret": secret})
    assert result["failed"]
    assert result["_ansible_no_log"] is True
    assert action._task.no_log is True
    # From 2.19 on, core prints the failure of a censored result itself.
    assert recorder.warned == ([f"fake-host: {result['msg']}"] if core == "2.18.0" else [])


STORED = {"one": {"client_id": "fa4e", "client_secret": SECRET}}
OWN_STORE = [{"name": "one", "store": {"hashi_vault": {"path": "secret/isc", "token": SECRET}}}]


@pytest.mark.parametrize(
    "args",
    [
        {"personal_access_tokens": [{"name": "one"}], "stored_credentials": STORED},
        {"personal_access_tokens": OWN_STORE},
        # What is not as it should be carries its secret all the same.
        {"personal_access_tokens": 17, "stored_credentials": STORED},
        {"personal_access_tokens": [17, *OWN_STORE], "stored_credentials": {"one": SECRET, "two": 17}},
    ],
)
def test_a_loop_over_secrets_in_a_set_is_censored(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, args: dict[str, Any]
) -> None:
    monkeypatch.setattr(_action, "core_version", "2.19.0")
    action = action_of(recorder, args, loop=["..."], loop_var="stored")
    action.entry = replace(PERSONAL_ACCESS_TOKEN_SET, run=recorder.run)
    result = run(action, stored={"name": "one", "secret": SECRET})
    assert result["_ansible_no_log"] is True
    assert SECRET not in str(action._task.args["personal_access_tokens"])


def test_callbacks_get_the_arguments_masked_and_the_next_try_as_they_are(recorder: Recorder) -> None:
    args = {"name": "one", "client_secret": SECRET}
    action = action_of(recorder, args)
    for _try in range(2):
        run(action)
        assert action._task.args == {"name": "one", "client_secret": "********"}
        assert recorder.runs[-1][0]["client_secret"] == SECRET
    assert args["client_secret"] == SECRET


def test_the_next_try_has_another_plugin_and_the_same_arguments(recorder: Recorder) -> None:
    action = action_of(recorder, {"name": "one", "client_secret": SECRET})
    run(action)
    again = Action(action._task, action._connection, action._play_context, None, action._templar, None)
    again.entry, again.shipped, again.asked, again.shipped_answer = action.entry, [], [], {}
    run(again)
    assert recorder.runs[-1][0]["client_secret"] == SECRET
    assert action._task.args == {"name": "one", "client_secret": "********"}


def test_callbacks_get_the_arguments_masked_where_the_task_was_stopped(recorder: Recorder) -> None:
    action = action_of(recorder, {"client_secret": SECRET}, transport="ssh")
    action.shipped_answer = AnsibleConnectionFailure("the fake host is down")
    with pytest.raises(AnsibleConnectionFailure):
        run(action)
    assert action._task.args == {"client_secret": "********"}


@pytest.mark.parametrize(
    "args",
    [
        {"client_secrets": SECRET},
        {"client_id": f"{SECRET}.is-no-id"},
        {"name": f"with {SECRET} in it", "client_secret": SECRET},
        {"personal_access_tokens": "no list", "client_secret": SECRET},
        {"store": json.dumps({"hashi_vault": {"token": SECRET}}), "personal_access_tokens": "no list"},
        {"personal_access_tokens": json.dumps([{"store": {"hashi_vault": json.dumps({"token": SECRET})}}])},
        {"stored_credentials": json.dumps({"one": {"client_secret": SECRET}})},
    ],
)
def test_callbacks_get_nothing_secret_of_mistaken_arguments(recorder: Recorder, args: dict[str, Any]) -> None:
    action = action_of(recorder, args)
    action.entry = replace(PERSONAL_ACCESS_TOKEN_SET, run=recorder.run)
    with suppress(ValueError):  # of the validator, before ansible-core 2.19
        run(action)
    assert SECRET not in str(action._task.args)


def test_a_loop_over_names_is_shown_when_it_fails(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_action, "core_version", "2.19.0")
    recorder.answer = {"failed": True, "msg": "refused"}
    action = action_of(recorder, {"client_secret": SECRET}, loop=["one"])
    assert "_ansible_no_log" not in run(action, item="one")


@pytest.mark.parametrize("core", ["2.18.0", "2.19.0", "2.22.0rc1"])
@pytest.mark.parametrize("cause", ["secret", "no_log"])
@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_what_a_censored_result_would_have_told_goes_through_display_once(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, transport: str, cause: str, core: str
) -> None:
    monkeypatch.setattr(_action, "core_version", core)
    action = action_of(recorder, transport=transport, no_log=cause == "no_log")
    answer = {
        "failed": True,
        "msg": "why it failed",
        "diff": {"prepared": "~ change  'one'  scope: +a\n+ create  'two'  it is missing\n"},
        "warnings": ["first", "second"],
    }
    recorder.answer = action.shipped_answer = {**answer, "secret": SECRET} if cause == "secret" else answer
    result = run(action)
    assert recorder.displayed == [
        "fake-host: ~ change  'one'  scope: +a",
        "fake-host: + create  'two'  it is missing",
    ]
    by_core = not core.startswith("2.18")
    assert recorder.warned == [
        "fake-host: first",
        "fake-host: second",
        *(() if by_core else ["fake-host: why it failed"]),
    ]
    assert "warnings" not in result, "core would show them a second time"


def test_a_warning_that_core_made_an_object_of_is_told_as_text(recorder: Recorder) -> None:
    action = action_of(recorder, transport="ssh")
    action.shipped_answer = {"secret": SECRET, "warnings": [SimpleNamespace(event=SimpleNamespace(msg="first"))]}
    run(action)
    assert recorder.warned == ["fake-host: first"]


def test_warnings_are_told_once_though_core_adds_what_is_told_to_their_list(recorder: Recorder) -> None:
    # With a shipped module's result, ansible-core 2.21 hands over the list that Display.warning appends to.
    action = action_of(recorder, transport="ssh")
    recorder.warned.append("first")
    action.shipped_answer = {"secret": SECRET, "warnings": recorder.warned}
    run(action)
    assert recorder.warned == ["first", "fake-host: first"]


def test_a_shipped_modules_warnings_keep_the_name_of_their_host(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[dict[str, Any]] = []
    module = SimpleNamespace(params={}, check_mode=False, tmpdir="", exit_json=lambda **result: ended.append(result))
    monkeypatch.setattr(entry, "AnsibleModule", lambda **_: module)
    recorder.answer = {"changed": False, "warnings": ["first"]}
    action = action_of(recorder, transport="ssh", no_log=True)
    entry.run_as_module(action.entry)
    assert "warnings" not in ended[0], "core would tell them without the host"
    action.shipped_answer = ended[0]
    assert run(action) == {"changed": False}
    assert recorder.warned == ["fake-host: first"]


def test_a_shipped_modules_warnings_are_in_an_open_result_with_those_of_core(recorder: Recorder) -> None:
    action = action_of(recorder, transport="ssh")
    action.shipped_answer = {"warnings": ["of core"], "isc_warnings": ["first"]}
    assert run(action) == {"warnings": ["of core", "first"]}


def test_warnings_of_an_open_result_are_left_to_core(recorder: Recorder) -> None:
    recorder.answer = {"warnings": ["first"]}
    assert run(action_of(recorder))["warnings"] == ["first"]
    assert not recorder.warned


def test_what_is_told_of_a_censored_result_holds_no_secret(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_action, "core_version", "2.18.0")
    recorder.answer = {
        "secret": SECRET,
        "warnings": [f"here is {SECRET}"],
        "failed": True,
        "msg": f"and {SECRET}",
        "actions": [{"action": "create", "name": SECRET, "reason": f"it is {SECRET}"}],
    }
    run(action_of(recorder))
    assert len(recorder.warned) == 2
    assert SECRET not in str(recorder.warned + recorder.displayed)


@pytest.mark.parametrize(("register", "is_kept"), [(None, False), ("result", True)])
def test_a_run_knows_whether_its_result_is_kept(recorder: Recorder, register: str | None, is_kept: bool) -> None:
    run(action_of(recorder, register=register))
    assert recorder.registers == [is_kept]


@pytest.mark.parametrize("register", [None, "result"])
def test_a_shipped_module_knows_whether_its_result_is_kept(recorder: Recorder, register: str | None) -> None:
    action = action_of(recorder, register=register, transport="ssh", environment=[{"FAKE": "1"}])
    for _try in range(2):
        run(action)
        told = [] if register else [{"ISC_REGISTERS_NOTHING": "1"}]
        assert action.shipped[-1]["environment"] == [{"FAKE": "1"}, *told]


@pytest.mark.parametrize("secret_keys", [("secret",), ()])
def test_the_connection_does_not_print_the_answer_of_a_module(recorder: Recorder, secret_keys: tuple[str, ...]) -> None:
    action = action_of(recorder, transport="ssh", secret_keys=secret_keys)
    run(action)
    assert action.shipped[0]["no_log"] is True


def test_what_a_shipped_module_printed_is_withheld(recorder: Recorder) -> None:
    action = action_of(recorder, transport="ssh")
    action.shipped_answer = {
        "failed": True,
        "msg": "MODULE FAILURE",
        "module_stdout": f'{{"secret": "{SECRET}',
        "module_stderr": SECRET,
        "exception": f"Traceback: {SECRET}",
        "rc": 137,
    }
    result = run(action)
    assert result["failed"]
    assert "137" in result["msg"]
    assert "withheld" in result["msg"]
    assert SECRET not in str(result)


def withheld(recorder: Recorder, code: int, unstored: Callable[[Mapping[str, Any]], str | None] | None) -> str:
    """Return what is said of a shipped module that has printed no result."""
    action = action_of(recorder, transport="ssh")
    action.entry = replace(action.entry, unstored=unstored)
    action.shipped_answer = {"failed": True, "module_stdout": "", "module_stderr": "not found", "rc": code}
    return str(run(action)["msg"])


@pytest.mark.parametrize("code", [126, 127])
def test_a_target_without_python_is_told_as_such(recorder: Recorder, code: int) -> None:
    assert withheld(recorder, code, lambda options: None) == (
        f"fake did not start on the target (return code {code}): its Python was not found there, or could not be run; "
        "check ansible_python_interpreter"
    )


def test_a_token_is_only_looked_for_after_a_module_that_makes_some(recorder: Recorder) -> None:
    assert "whether a token was made" in withheld(recorder, 137, lambda options: None)
    assert withheld(recorder, 137, None).endswith("(return code 137); run the task again")


def test_what_a_shipped_module_without_secrets_printed_is_shown(recorder: Recorder) -> None:
    action = action_of(recorder, transport="ssh", secret_keys=())
    action.shipped_answer = {"failed": True, "msg": "MODULE FAILURE", "module_stdout": "a clue"}
    assert run(action)["module_stdout"] == "a clue"


def test_the_options_of_a_shipped_module_are_not_shown(recorder: Recorder) -> None:
    action = action_of(recorder, {"name": SECRET}, transport="ssh")
    action.shipped_answer = {"failed": True, "msg": "refused", "invocation": {"module_args": {"name": SECRET}}}
    assert run(action) == {"failed": True, "msg": "refused"}


def test_an_unreachable_host_tells_why(recorder: Recorder) -> None:
    action = action_of(recorder, transport="ssh")
    action.shipped_answer = AnsibleConnectionFailure("<error censored due to no log>")
    with pytest.raises(AnsibleConnectionFailure, match="the fake host is down"):
        run(action)
    assert len(action.asked) == 1
