"""The pytest plugin, as pytest finds it in an environment with the wheel."""

from __future__ import annotations

from pathlib import Path

import agent_sandbox_bench as asb
import pytest

SESSION = """
import pytest
from pathlib import Path

def kept(simulator):
    with Path("kubeconfigs").open("a") as file:
        file.write(f"{simulator.kubeconfig}\\n")
    return simulator.kubeconfig.exists()
"""


def result(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    """What pytest makes of a file of tests, in a process of its own."""
    pytester.makepyfile(code)
    return pytester.runpytest_subprocess("--strict-markers", *options)


def kubeconfigs(pytester: pytest.Pytester) -> list[Path]:
    """Of the simulators that the tests have kept."""
    return [Path(line) for line in (pytester.path / "kubeconfigs").read_text().splitlines()]


def test_it_loads_nothing_that_no_test_uses(pytester: pytest.Pytester) -> None:
    code = """
    import sys

    def test_loaded():
        loaded = {name for name in sys.modules if name.startswith("agent_sandbox_bench")}
        assert loaded == {"agent_sandbox_bench", "agent_sandbox_bench.pytest_plugin"}
    """
    result(pytester, code).assert_outcomes(passed=1)


def test_it_says_what_it_has(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_subprocess("--help")
    done.stdout.fnmatch_lines(["*--agent-sandbox-context=NAME", "*--agent-sandbox-kubeconfig=FILE"])
    done = pytester.runpytest_subprocess("--markers")
    done.stdout.fnmatch_lines(["@pytest.mark.agent_sandbox_config(config):*", "@pytest.mark.agent_sandbox_faults(*"])
    done = pytester.runpytest_subprocess("--fixtures")
    done.stdout.fnmatch_lines(["agent_sandbox_simulator_session *session scope*", "agent_sandbox_simulator --*"])


def test_each_scope_has_a_simulator_that_ends_with_it(pytester: pytest.Pytester) -> None:
    code = (
        SESSION
        + """
def test_one(agent_sandbox_simulator_session, agent_sandbox_simulator):
    assert kept(agent_sandbox_simulator_session) and kept(agent_sandbox_simulator)

def test_two(agent_sandbox_simulator_session, agent_sandbox_simulator):
    assert kept(agent_sandbox_simulator_session) and kept(agent_sandbox_simulator)
    session, own, *_ = Path("kubeconfigs").read_text().splitlines()
    assert agent_sandbox_simulator_session.kubeconfig == Path(session)
    assert not Path(own).exists()
"""
    )
    result(pytester, code).assert_outcomes(passed=2)
    assert len(set(kubeconfigs(pytester))) == 3
    assert [path for path in kubeconfigs(pytester) if path.parent.exists()] == []


@pytest.mark.parametrize("end", ["assert False", "raise KeyboardInterrupt", "raise SystemExit(1)"])
def test_simulators_end_after_a_test_that_does_not(pytester: pytest.Pytester, end: str) -> None:
    code = (
        SESSION
        + f"""
def test_ends(agent_sandbox_simulator_session, agent_sandbox_simulator):
    kept(agent_sandbox_simulator_session), kept(agent_sandbox_simulator)
    {end}
"""
    )
    assert result(pytester, code).ret != pytest.ExitCode.OK
    assert [path.parent.exists() for path in kubeconfigs(pytester)] == [False, False]


def test_marks_and_the_fixture_configure_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
    import pytest

    @pytest.fixture(scope="session")
    def agent_sandbox_simulator_config():
        return {"simulator": {"faults": [{"kind": "node_lost", "at": "1h"}]}}
    """)
    code = """
    import pytest
    from datetime import timedelta

    pytestmark = pytest.mark.agent_sandbox_faults({"kind": "watch_drop", "at": timedelta(hours=1)})

    def kinds(simulator):
        return {fault["fault"] for fault in simulator.faults()}

    @pytest.mark.agent_sandbox_faults({"kind": "latency", "at": "1h"}, {"kind": "server_error", "at": "2h"})
    def test_faults_add_up(agent_sandbox_simulator, agent_sandbox_simulator_session):
        assert kinds(agent_sandbox_simulator) == {"latency", "node_lost", "server_error", "watch_drop"}
        assert kinds(agent_sandbox_simulator_session) == {"node_lost"}

    @pytest.mark.agent_sandbox_config({"simulator": {"empty": True}})
    class TestOfAClass:
        def test_the_closest_configuration_counts(self, agent_sandbox_simulator):
            import agent_sandbox_bench as asb
            assert kinds(agent_sandbox_simulator) == {"watch_drop"}
            assert not asb.status(target=agent_sandbox_simulator.cluster)["ready"]

        @pytest.mark.agent_sandbox_config({})
        def test_also_where_it_is_empty(self, agent_sandbox_simulator):
            import agent_sandbox_bench as asb
            assert asb.status(target=agent_sandbox_simulator.cluster)["ready"]
    """
    result(pytester, code).assert_outcomes(passed=3)


def test_marks_that_cannot_be_meant_are_refused(pytester: pytest.Pytester) -> None:
    code = """
    import pytest

    @pytest.mark.agent_sandbox_faults({"kind": "latncy", "at": "1h"})
    def test_kind(agent_sandbox_simulator): ...

    @pytest.mark.agent_sandbox_faults(kind="latency")
    def test_keyword(agent_sandbox_simulator): ...

    @pytest.mark.agent_sandbox_config
    def test_nothing(agent_sandbox_simulator): ...

    @pytest.mark.agent_sandbox_faults({"kind": "latency", "at": "1h"})
    def test_session(agent_sandbox_simulator_session): ...
    """
    done = result(pytester, code)
    done.assert_outcomes(errors=4)
    for said in (
        "*ConfigError: simulator.faults?0?*latncy*latency*",
        "*agent_sandbox_faults() got an unexpected keyword argument 'kind'",
        "*agent_sandbox_config() missing 1 required positional argument: 'config'",
        "*agent_sandbox_faults: allowed: on a test that uses agent_sandbox_simulator; no mark changes*",
    ):
        done.stdout.fnmatch_lines([said])


CLUSTER = """
from pathlib import Path

def test_cluster(request, monkeypatch):
    here = Path.cwd()
    monkeypatch.chdir("/")
    cluster = request.getfixturevalue("agent_sandbox_cluster")
    assert (cluster.context, cluster.kubeconfig) == ("mine", here / "there")
"""


def test_without_a_cluster_its_tests_are_skipped(pytester: pytest.Pytester) -> None:
    done = result(pytester, CLUSTER, "-rs")
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*no cluster is named: --agent-sandbox-context NAME*"])


def test_options_name_the_cluster(pytester: pytest.Pytester) -> None:
    options = ("--agent-sandbox-context", "mine", "--agent-sandbox-kubeconfig", "there")
    result(pytester, CLUSTER, *options).assert_outcomes(passed=1)


def test_a_project_can_name_the_cluster(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naddopts = --agent-sandbox-context mine --agent-sandbox-kubeconfig there")
    result(pytester, CLUSTER).assert_outcomes(passed=1)


def test_workers_of_xdist_have_a_simulator_each(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    code = (
        SESSION
        + """
@pytest.mark.parametrize("number", range(4))
def test_number(agent_sandbox_simulator_session, number):
    assert kept(agent_sandbox_simulator_session)
"""
    )
    result(pytester, code, "-n", "2").assert_outcomes(passed=4)
    assert len(kubeconfigs(pytester)) == 4 and len(set(kubeconfigs(pytester))) == 2
    assert [path for path in kubeconfigs(pytester) if path.parent.exists()] == []


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    code = "def test_cluster(agent_sandbox_cluster): ..."
    result(pytester, code, "-p", "no:agent_sandbox_bench").assert_outcomes(errors=1)


def test_this_session_has_it(agent_sandbox_simulator: asb.Simulator) -> None:
    assert agent_sandbox_simulator.kubeconfig.exists()
