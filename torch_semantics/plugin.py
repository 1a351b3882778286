"""The pytest plugin: collects claims, runs their specs on devices, gives outcomes."""

from __future__ import annotations

import difflib
import gc
import importlib
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from torch_semantics import isolation, outcomes, runs
from torch_semantics.chapters import specification_of
from torch_semantics.claims import Difference, claim_of
from torch_semantics.devices import (
    NOT_ACCELERATORS,
    Device,
    UnknownDevice,
    present_devices,
)
from torch_semantics.judge import judge
from torch_semantics.session import (
    HOST,
    SCRATCH,
    SESSION,
    Session,
    is_distributed,
    profile_of,
    worker_of,
)

# Every setting that Hypothesis would choose by itself where it sees that it runs in CI.
_EXPLORE = hypothesis.settings(
    database=None,
    deadline=None,
    derandomize=False,
    print_blob=False,
    suppress_health_check=list(hypothesis.HealthCheck),
    max_examples=1000,
)
hypothesis.settings.register_profile("explore", _EXPLORE)
# What a gate finds depends on the suite and on torch, and on nothing else.
hypothesis.settings.register_profile(
    "gate", _EXPLORE, max_examples=10, derandomize=True
)
hypothesis.settings.load_profile("gate")

LEAKS = pytest.StashKey[list[str]]()


# --- options, start -------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the specification."""
    group = parser.getgroup("torch-semantics")
    group.addoption(
        "--device",
        action="append",
        default=[],
        metavar="DEVICE",
        help="run the specs on this device, such as cpu, cuda:1, mps or meta;"
        " repeatable; default: the CPU and every accelerator present",
    )
    group.addoption(
        "--claim",
        action="append",
        default=[],
        metavar="ID",
        help="run only the spec of this claim; repeatable",
    )
    group.addoption(
        "--save-run",
        metavar="DIR",
        type=Path,
        help="write the outcome of each claim to DIR/torch-RELEASE-DEVICE.json",
    )
    group.addoption(
        "--spec-timeout",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="end a spec that runs longer, and go on (default: %(default)s; 0: never)",
    )
    group.addoption(
        "--prose",
        action="store_true",
        help="tell each claim, chapter by chapter, instead of writing dots; with -v its"
        " id too",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Run the session in a forked child that may die, where xdist does not do so."""
    if hasattr(config, "workerinput"):
        config.stash[SCRATCH] = isolation.Scratch(Path(config.workerinput["scratch"]))
        return None
    scratch = isolation.Scratch(Path(tempfile.mkdtemp(prefix="torch-semantics-")))
    config.stash[SCRATCH] = scratch
    if config.option.claim:  # a few specs are not worth workers
        config.option.numprocesses, config.option.dist, config.option.tx = 0, "no", []
    if is_distributed(config) or not hasattr(os, "fork"):
        if config.getoption("maxworkerrestart", None) is None:
            config.option.maxworkerrestart = (
                "1000"  # a crash ends one spec, not the run
            )
        config.add_cleanup(scratch.remove)
        return None
    status = isolation.supervise(config, scratch)
    if status is not None:
        scratch.remove()
    return status


def pytest_configure(config: pytest.Config) -> None:
    """Choose the devices, and read what an earlier child of this run has left."""
    try:
        session = config.stash[SESSION] = Session(config)
    except UnknownDevice as error:
        raise pytest.UsageError(str(error)) from None
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(session))
        if config.option.prose and config.pluginmanager.hasplugin("terminal"):
            from torch_semantics.prose import Prose

            config.pluginmanager.register(Prose(session))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of xdist where the run's folder is, and let it find its own torch.

    Xdist would have every local worker import from where this process does, also one
    that has another interpreter (``--tx popen//python=...``).
    """
    node.workerinput["scratch"] = str(node.config.stash[SCRATCH].folder)
    if node.gateway.spec.python:
        node.gateway.spec.popen = False


@pytest.hookimpl(optionalhook=True)
def pytest_testnodeready(node: Any) -> None:
    """Have a worker that dies replaced by one like it."""
    spec = node.gateway.spec
    spec.popen = spec.popen or not (spec.ssh or spec.socket or spec.via)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker says that it ran on, which may be on another machine."""
    output = getattr(node, "workeroutput", None) or {}
    if "environment" in output:
        session = node.config.stash[SESSION]
        session.environments[node.workerinput["workerid"]] = output["environment"]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what runs on what, and whether an earlier child died."""
    session = config.stash[SESSION]
    if not session.runs_specs:
        return []
    names = ", ".join(device.name for device in session.devices)
    return [
        f"torch {session.version} on {names}, hypothesis profile {profile_of(config)}",
        *(f"going on after {nodeid} ended its process" for nodeid in session.deaths),
    ]


# --- collection -----------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Check a spec's claim, and run the spec once per selected device."""
    if specification_of(metafunc.definition.path) is None:
        return
    session = metafunc.config.stash[SESSION]
    session.check(metafunc.function, metafunc.definition.path)
    if "device" in metafunc.fixturenames:
        names = [device.name for device in session.devices]
        metafunc.parametrize("device", session.devices, ids=names, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Put the specs in reading order, and keep those of the claims asked for."""
    session = config.stash[SESSION]
    if not config.getoption("randomly_reorganize", False):  # pytest-randomly shuffled
        items.sort(key=lambda item: session.place(item.path))
    _select(config, items)
    session.specs = {
        item.nodeid: {
            "id": claim.id,
            "sentence": claim.sentence,
            "bounds": claim.bounds,
            "level": claim.level,
            "device": _device_name(item),
        }
        for item in sorted(items, key=session.reading_order)
        if (claim := claim_of(item))
    }


def _select(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.option.claim
    if not wanted:
        return
    known = {claim.id for item in items if (claim := claim_of(item))}
    for id in wanted:
        if id not in known:
            near = difflib.get_close_matches(id, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise pytest.UsageError(f"--claim {id}: no spec here proves it{hint}")
    kept = [item for item in items if (claim := claim_of(item)) and claim.id in wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _device_name(item: pytest.Item) -> str:
    device = _parameters(item).get("device")
    return device.name if isinstance(device, Device) else HOST


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Turn the garbage collector off: what a spec leaves behind goes when it must.

    Else cycles would go whenever the collector happens to run, and it would look
    through all of torch again and again, a third of the cost of collecting.
    """
    gc.disable()


def pytest_collection_finish() -> None:
    """Keep what is there by now out of any collection that a spec asks for."""
    gc.freeze()


# --- fixtures -------------------------------------------------------------------------


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Any:
    """The ``torch.device`` that the spec runs on."""
    return request.param.torch_device


@pytest.fixture
def accelerator(device: Any) -> Any:
    """The ``torch.device`` that the spec runs on, which is not the CPU."""
    if device.type in NOT_ACCELERATORS:
        pytest.skip("needs an accelerator")
    return device


@pytest.fixture
def cuda(device: Any) -> Any:
    """The CUDA ``torch.device`` that the spec runs on."""
    if device.type != "cuda":
        pytest.skip("needs cuda")
    return device


@pytest.fixture
def no_accelerator() -> None:
    """Nothing: the spec is about a machine that has no accelerator."""
    if len(present_devices()) > 1:
        pytest.skip("needs a machine without an accelerator")


@pytest.fixture
def tolerance() -> dict[str, float]:
    """Keywords of ``torch.testing.assert_close``: exact, unless declared otherwise."""
    return {"rtol": 0.0, "atol": 0.0}


@pytest.fixture
def pyplot() -> Iterator[Any]:
    """``matplotlib.pyplot``, which draws into memory; its figures are closed."""
    _needed("matplotlib").use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.fixture
def torchvision() -> Any:
    """The package torchvision."""
    return _needed("torchvision")


@pytest.fixture
def tensorboard() -> Any:
    """The module ``torch.utils.tensorboard``, which needs the package tensorboard."""
    _needed("tensorboard")
    return importlib.import_module("torch.utils.tensorboard")


@pytest.fixture
def tqdm() -> Any:
    """The package tqdm."""
    return _needed("tqdm")


def _needed(package: str) -> Any:
    """Import a package that torch does without; not run where it isn't installed."""
    try:
        return importlib.import_module(package)
    except ImportError:
        pytest.skip(f"needs {package}")


# --- running --------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Watch a spec while it runs; replay one that an earlier child has run."""
    session = item.config.stash[SESSION]
    if item.nodeid in session.deaths:
        reports = [_obituary(item, session)]
    elif session.journal and item.nodeid in session.journal.past:
        reports = session.journal.past[item.nodeid]
    else:
        assert session.watch is not None
        session.watch.start(item.nodeid)
        return None
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Stop watching once the spec has been torn down."""
    try:
        return (yield)
    finally:
        watch = item.config.stash[SESSION].watch
        assert watch is not None
        watch.stop()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Seed the generators before a spec; check and put back torch's state after it."""
    claim = claim_of(pyfuncitem)
    if claim is None:
        return (yield)
    from torch_semantics import state

    session = pyfuncitem.config.stash[SESSION]
    guard = state.Guard()
    state.seed(claim.id, [device.torch_device for device in session.devices])
    try:
        difference = _difference(pyfuncitem)
        if difference and difference.raises is None:
            _allow(difference, pyfuncitem)
        return (yield)
    except (Exception, pytest.fail.Exception) as error:
        if claim.covers(session.release):
            raise
        # As declared: to draw its traceback would cost more than the spec.
        return pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)
    finally:
        pyfuncitem.stash[LEAKS] = guard.restore()


def _difference(item: pytest.Item) -> Difference | None:
    claim, parameters = claim_of(item), _parameters(item)
    device = parameters.get("device")
    if claim is None or not isinstance(device, Device):
        return None
    dtype = str(parameters.get("dtype", "")).removeprefix("torch.")
    return claim.difference(device.type, dtype)


def _allow(difference: Difference, item: pytest.Function) -> None:
    """Widen the spec's tolerance as declared, once the spec has failed without it."""
    arguments: dict[str, Any] = item.funcargs
    names = item._fixtureinfo.argnames
    if "tolerance" not in names:
        pytest.fail("declares a tolerance, but does not use the fixture tolerance")
    try:
        item.obj(**{name: arguments[name] for name in names})
    except AssertionError:
        arguments["tolerance"].update(rtol=difference.rtol, atol=difference.atol)
    else:
        pytest.fail(f"holds on {difference.device} without its declared tolerance")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the outcome, and say in a failure which claim failed and how to run it."""
    report = yield
    claim = claim_of(item)
    if claim is None:
        return report
    session = item.config.stash[SESSION]
    leaks = item.stash.get(LEAKS, [])
    verdict = judge(
        claim, session.release, _difference(item), leaks, report, call.excinfo
    )
    if verdict is None:
        return report
    outcome, reason = verdict
    if outcome in ("absent", "differs"):
        report.outcome, report.wasxfail = "skipped", f"{outcome}: {reason}"
    elif outcome in outcomes.RED and not report.failed:
        report.outcome, report.longrepr = "failed", reason
    if outcome in outcomes.RED and claim.level == "observed":
        report.outcome, report.wasxfail = "skipped", f"observed, {outcome}: {reason}"
    _attach(report, outcome, reason, session)
    return report


def _attach(
    report: pytest.TestReport, outcome: str, reason: str, session: Session
) -> None:
    """Write the outcome on a spec's report, and on a failure the claim in words."""
    spec = session.specs[report.nodeid]
    report.claim = {**spec, "outcome": outcome, "reason": reason}  # type: ignore[attr-defined]
    if report.failed:
        alone = f"pytest {report.nodeid.split('::')[0]} --claim {spec['id']}"
        if spec["device"] != HOST:
            alone += f" --device {spec['device']}"
        worker = worker_of(report) or session.worker
        version = session.environment_of(worker)["torch"]["version"]
        text = (
            f"{spec['sentence']}\n"
            f"{spec['id']} ({spec['bounds']}): {outcome} on torch {version},"
            f" {spec['device']}\n"
            f"run it alone: {alone}"
        )
        report.sections.append(("claim", text))


# --- specs that ended their process ---------------------------------------------------


def _obituary(item: pytest.Item, session: Session) -> pytest.TestReport:
    report = pytest.TestReport(item.nodeid, item.location, {}, "failed", None, "call")
    _bury(report, session)
    return report


def _bury(report: pytest.TestReport, session: Session) -> None:
    """Make a report say that its spec ended its process, and how."""
    stacks = session.scratch.deaths().get(report.nodeid, "")
    outcome, reason = "crashed", "the spec killed its process"
    if stacks:
        outcome, reason = "timeout", "the spec ran longer than --spec-timeout allows"
    report.longrepr = f"{reason}\n{stacks}".strip()
    if report.nodeid in session.specs:
        _attach(report, outcome, reason, session)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(report: pytest.TestReport, sched: Any) -> None:
    """Make xdist's report of a dead worker one of a crash or a time-out."""
    _bury(report, sched.config.stash[SESSION])


# --- results --------------------------------------------------------------------------


class Recorder:
    """Takes a session's reports into its runs; at the end, writes and tells them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.whole = True
        self.saved: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a chapter that can't be collected, which leaves the runs incomplete."""
        self.whole = self.whole and not report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a report into the runs."""
        self.session.keep(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the run files, if every selected spec got its outcome."""
        folder = self.session.config.option.save_run
        if folder is None:
            return
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not (ended and self.whole):
            self.saved = ["no run is saved: the session did not come to its end"]
            return
        try:
            self.saved = [
                f"saved {path}" for path in runs.write_runs(folder, self.session.runs())
            ]
        except runs.BadRun as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say in words how each run ended, and which claims turned it red."""
        for run in self.session.runs():
            if not run["claims"]:
                continue
            place = f"torch {run['torch']['version']} on {run['device']['name']}"
            for id, entry in sorted(run["claims"].items()):
                if entry["outcome"] in outcomes.RED:
                    note = ", observed only" if "level" in entry else ""
                    terminalreporter.write_line(
                        f"{place}: {entry['outcome']}{note}: {id}: {entry['reason']}"
                    )
            terminalreporter.write_line(f"{place}: {outcomes.summary(run['claims'])}")
        for line in self.saved:
            terminalreporter.write_line(line)
