"""Fixtures and marks for pytest, which finds them by the package's entry point; docs/pytest.md describes them.

pytest loads this file at every start, so it loads the rest of the package only when a test uses a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_sandbox_bench import Cluster, ConfigLike, Simulator
    from agent_sandbox_bench.testing import Benchmark
    from agent_sandbox_bench.typed import FaultConfig


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that name a cluster, and what an undecided limit does."""
    group = parser.getgroup("agent-sandbox", "claims of agent-sandbox")
    group.addoption(
        "--agent-sandbox-context",
        metavar="NAME",
        help="context of the cluster that agent_sandbox_cluster is (default: the current one of the kubeconfig)",
    )
    group.addoption(
        "--agent-sandbox-kubeconfig",
        metavar="FILE",
        help="kubeconfig of the cluster that agent_sandbox_cluster is (default: as kubectl finds it)",
    )
    group.addoption(
        "--agent-sandbox-undecided",
        choices=["warn", "fail"],
        default="warn",
        help="what a test does if the 95 %% interval of a figure contains its limit (default: warn)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marks."""
    config.addinivalue_line(
        "markers",
        "agent_sandbox_config(config): configuration of the test's agent_sandbox_simulator, a dict or a file; "
        "the closest mark counts",
    )
    config.addinivalue_line(
        "markers",
        "agent_sandbox_faults(*faults): faults of the test's agent_sandbox_simulator, beside those of its "
        "configuration; `at` counts from its start",
    )


@pytest.fixture(scope="session")
def agent_sandbox_simulator_config() -> ConfigLike:
    """The configuration of the simulators: all defaults, unless a conftest.py overrides this fixture."""
    return None


@pytest.fixture(scope="session")
def agent_sandbox_simulator_session(agent_sandbox_simulator_config: ConfigLike) -> Iterator[Simulator]:
    """A simulator for the whole session; with pytest-xdist one for each worker."""
    from agent_sandbox_bench import Simulator

    with Simulator(agent_sandbox_simulator_config) as simulator:
        yield simulator


@pytest.fixture
def agent_sandbox_simulator(
    request: pytest.FixtureRequest, agent_sandbox_simulator_config: ConfigLike
) -> Iterator[Simulator]:
    """A simulator of the test's own, as its marks agent_sandbox_config and agent_sandbox_faults say."""
    from agent_sandbox_bench import Simulator

    with Simulator(_marked(request.node, agent_sandbox_simulator_config)) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def agent_sandbox_cluster(pytestconfig: pytest.Config) -> Cluster:
    """The cluster that the options name. Without one the test is skipped."""
    context = pytestconfig.option.agent_sandbox_context
    kubeconfig = pytestconfig.option.agent_sandbox_kubeconfig
    if context is None and kubeconfig is None:
        pytest.skip("no cluster is named: --agent-sandbox-context NAME, --agent-sandbox-kubeconfig FILE or both")
    from agent_sandbox_bench import Cluster

    # A test may have changed the folder.
    return Cluster(context, kubeconfig and pytestconfig.invocation_params.dir / kubeconfig)


@pytest.fixture
def agent_sandbox_benchmark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    """Runs loads, by default on the test's agent_sandbox_simulator; what it returns asserts limits by intervals."""
    from agent_sandbox_bench.testing import Benchmark

    return Benchmark(
        simulator=lambda: request.getfixturevalue("agent_sandbox_simulator"),
        folder=lambda: tmp_path_factory.mktemp("agent-sandbox-bench"),
        undecided=request.config.option.agent_sandbox_undecided,
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a test whose marks would do nothing, because the simulator that it uses is the session's."""
    used = set(getattr(item, "fixturenames", ()))
    marks = [mark.name for mark in item.own_markers if mark.name in ("agent_sandbox_config", "agent_sandbox_faults")]
    configurable = {"agent_sandbox_simulator", "agent_sandbox_benchmark"}
    if marks and "agent_sandbox_simulator_session" in used and not used & configurable:
        allowed = "on a test that uses agent_sandbox_simulator; no mark changes agent_sandbox_simulator_session"
        pytest.fail(f"{marks[0]}: allowed: {allowed}", pytrace=False)


def _marked(test: pytest.Item, config: ConfigLike) -> ConfigLike:
    """What the test's simulator is: its closest mark, else `config`, and the faults of all its marks."""
    from agent_sandbox_bench import Config
    from agent_sandbox_bench._config import with_fields

    mark = test.get_closest_marker("agent_sandbox_config")
    config = agent_sandbox_config(*mark.args, **mark.kwargs) if mark else config
    marks = test.iter_markers("agent_sandbox_faults")
    faults = [fault for mark in marks for fault in agent_sandbox_faults(*mark.args, **mark.kwargs)]
    standing = Config(config).to_dict()["simulator"].get("faults", [])
    return with_fields(config, "simulator", {"faults": [*standing, *faults]})


# A mark takes any arguments. Called with them, these refuse what the mark of the same name does not take.
def agent_sandbox_config(config: ConfigLike) -> ConfigLike:
    """The argument of the mark."""
    return config


def agent_sandbox_faults(*faults: FaultConfig) -> tuple[FaultConfig, ...]:
    """The arguments of the mark."""
    return faults
