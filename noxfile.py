# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of the collection, one session each; nox goes on after a failure and sums up at the end.

The sessions run in the environment that nox itself was started from: build/venv, which `make` keeps.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

CHECKOUT = Path(__file__).resolve().parent
BUILD = CHECKOUT / "build"
PACKAGE = BUILD / "package"
STAGE = BUILD / "ansible_collections" / "sailpoint_community" / "isc"
PLUGINS = "ansible_collections.sailpoint_community.isc.plugins"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
UNDOCUMENTED = (
    "action",
    "doc_fragments",
    "module_utils",
    "plugin_utils",
)  # kinds of plugins that ansible-doc does not know
FLOOR = "2.16"  # of ansible-core, as in meta/runtime.yml
FLOOR_PYTHONS = ("3.10", "3.11", "3.12")  # that can be its controller

nox.options.default_venv_backend = "none"


def path_from(folder: Path) -> str:
    """Return a PATH that finds programs in a folder first."""
    return os.pathsep.join([str(folder), os.environ["PATH"]])


# One environment and one copy of the collection, whatever the caller's settings say about either.
os.environ["PATH"] = path_from(Path(sys.executable).parent)
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(BUILD)


@functools.cache
def stage() -> None:
    """Fill STAGE, once per run of nox, so that what a failed session left there can still be read afterwards."""
    subprocess.run([sys.executable, str(CHECKOUT / "tests" / "stage.py")], check=True)


def enter_collection(session: nox.Session) -> None:
    """Work in the staged copy: ansible-core and its tools take no other folder for a collection."""
    stage()
    session.chdir(STAGE)


@functools.cache
def provide_collections() -> None:
    """Put the collections that the role's stores use beside the staged one."""
    subprocess.run([sys.executable, str(CHECKOUT / "tests" / "foreign_collections.py")], check=True)


def enter_floor(session: nox.Session) -> Path:
    """Work in the staged copy with the oldest supported ansible-core, or skip; return its environment's bin folder.

    A session names the programs in it by their whole path, for nox looks a bare name up in its own PATH, not `env`'s.
    """
    if PYTHON not in FLOOR_PYTHONS:
        session.skip(f"ansible-core {FLOOR} needs Python {' or '.join(FLOOR_PYTHONS)}, and this is {PYTHON}")
    venv = BUILD / f"venv-{FLOOR}"
    requirements = str(CHECKOUT / "requirements" / "floor.txt")
    if not venv.exists():
        session.run("python", "-m", "venv", str(venv))
    session.run(f"{venv}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements)
    enter_collection(session)
    version = str(session.run(f"{venv}/bin/ansible", "--version", silent=True)).splitlines()[0]
    if f"[core {FLOOR}." not in version:
        session.error(f"{venv} holds {version}, not ansible-core {FLOOR}")
    session.log(f"on {version}")
    return venv / "bin"


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: the linter and the formatter."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy --strict on all the code that ships."""
    enter_collection(session)
    rooms = [
        room for room in ("module_utils", "plugin_utils", "modules", "action") if (STAGE / "plugins" / room).is_dir()
    ]
    packages = [f"--package={PLUGINS}.{room}" for room in rooms]
    session.run("mypy", *packages, env={"MYPYPATH": str(BUILD), "MYPY_CACHE_DIR": str(BUILD / "mypy")})


@nox.session
def unit(session: nox.Session) -> None:
    """The unit tests; arguments after -- go to pytest."""
    enter_collection(session)
    session.run(
        "python", "-m", "pytest", "--numprocesses=2", "tests/unit", *session.posargs, env={"PYTHONPATH": str(BUILD)}
    )


@nox.session
def model(session: nox.Session) -> None:
    """The search through every interleaving of two runs; it prints how many states there were."""
    enter_collection(session)
    session.run(
        "python", "-m", "pytest", "--numprocesses=2", "tests/model", *session.posargs, env={"PYTHONPATH": str(BUILD)}
    )


@nox.session
def leak(session: nox.Session) -> None:
    """The search for secrets in all that a run prints or writes, on the newest ansible-core that this Python runs."""
    enter_collection(session)
    session.run("python", "-m", "pytest", "tests/leak", *session.posargs, env={"PYTHONPATH": str(BUILD)})


@nox.session
def leak_floor(session: nox.Session) -> None:
    """The same on the oldest supported ansible-core; skipped where this Python cannot run that one."""
    floor = enter_floor(session)
    env = {"PATH": path_from(floor), "PYTHONPATH": str(BUILD)}
    session.run(f"{floor}/python", "-m", "pytest", "tests/leak", *session.posargs, env=env)


@nox.session
def crash(session: nox.Session) -> None:
    """Real runs, killed at every request, and two at once."""
    enter_collection(session)
    session.run(
        "python", "-m", "pytest", "--numprocesses=2", "tests/crash", *session.posargs, env={"PYTHONPATH": str(BUILD)}
    )


@nox.session
def year(session: nox.Session) -> None:
    """A year of nightly runs by the simulator's clock, with a table of what they did."""
    enter_collection(session)
    session.run("python", "-m", "pytest", "tests/year", *session.posargs, env={"PYTHONPATH": str(BUILD)})


@nox.session
def integration(session: nox.Session) -> None:
    """The integration targets on the newest ansible-core that this Python runs; arguments after -- pick targets."""
    enter_collection(session)
    session.run("ansible-test", "integration", "--python", PYTHON, *session.posargs)


@nox.session
def integration_floor(session: nox.Session) -> None:
    """The integration targets on the oldest supported ansible-core; skipped where this Python cannot run that one."""
    floor = enter_floor(session)
    env = {"PATH": path_from(floor)}
    session.run(f"{floor}/ansible-test", "integration", "--python", PYTHON, *session.posargs, env=env)


@nox.session
def stores(session: nox.Session) -> None:
    """Every store of the role against the real thing, on the newest ansible-core; needs pass and gpg."""
    missing = [program for program in ("pass", "gpg") if shutil.which(program) is None]
    if missing:
        session.skip(f"{' and '.join(missing)} not found: install the packages pass and gnupg")
    enter_collection(session)
    provide_collections()
    session.run("ansible-test", "integration", "--python", PYTHON, "--allow-unsupported", "tokens_stores")


@nox.session
def sanity(session: nox.Session) -> None:
    """Every sanity test of ansible-core, nothing ignored; arguments after -- pick tests or files."""
    enter_collection(session)
    # ansible-test calls it a success when it finds no file to test.
    if "galaxy.yml" not in str(session.run("ansible-test", "env", "--list-files", silent=True)).split():
        session.error("ansible-test does not see the files of the collection")
    session.run("ansible-test", "sanity", "--python", PYTHON, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The plugins' documentation, as docs.ansible.com would render it."""
    enter_collection(session)
    session.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", ".")


@nox.session
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint's strictest profile, which certification asks for."""
    enter_collection(session)
    provide_collections()
    session.run("ansible-lint", "--profile", "production", "--offline")


@nox.session
def changelog(session: nox.Session) -> None:
    """The changelog's configuration and fragments."""
    enter_collection(session)
    session.run("antsibull-changelog", "lint")


@nox.session
def package(session: nox.Session) -> None:
    """Build the collection, install it, and read the documentation of every plugin from the installed copy."""
    enter_collection(session)
    shutil.rmtree(PACKAGE, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(PACKAGE))
    (archive,) = PACKAGE.glob("*.tar.gz")
    session.run("ansible-galaxy", "collection", "install", "--force", "--collections-path", str(PACKAGE), str(archive))
    installed = PACKAGE / STAGE.relative_to(BUILD)
    for kind in sorted(path.name for path in (installed / "plugins").iterdir()):
        if kind in UNDOCUMENTED:
            continue
        names = [
            f"sailpoint_community.isc.{path.stem}" for path in sorted((installed / "plugins" / kind).glob("[!_]*.py"))
        ]
        session.run(
            "ansible-doc",
            "--type",
            kind.removesuffix("s"),
            *names,
            silent=True,
            env={"ANSIBLE_COLLECTIONS_PATH": str(PACKAGE)},
        )
