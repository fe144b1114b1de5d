"""A config that cannot be used stops PKB before it makes anything, in one line that names the field."""

import pytest

from pkb.runs import Pkb

BLOCK = "agent_sandbox.agent_sandbox"
TWO_POOLS = f"--config_override={BLOCK}={{sandbox_nodepool: a, nodes: {{names: [b]}}}}"
TEMPLATE = f"{BLOCK}.sandbox_template"

REFUSED = {
    f"--config_override={BLOCK}.sandbox_warmpool.replicas=-1": f"{BLOCK}.sandbox_warmpool.replicas",
    f"--config_override={BLOCK}.controller.claim_wrkers=8": f"{BLOCK}.controller: claim_wrkers",
    f"--config_override={BLOCK}.claim_workers=8": f"{BLOCK}: claim_workers",
    f"--config_override={TEMPLATE}.network_policy_management=Sometimes": "network_policy_management",
    f"--config_override={BLOCK}.type=Nope": f"{BLOCK}.type",
    f"--config_override={BLOCK}.target=mars": f"{BLOCK}.target",
    f"--config_override={BLOCK}.controller.cpu_limit=lots": f"{BLOCK}.controller.cpu_limit",
    f"--config_override={BLOCK}.load=fast": f"{BLOCK}.load",
    f"--config_override={BLOCK}=fast": BLOCK,
    TWO_POOLS: f"{BLOCK}.sandbox_nodepool",
    f"--config_override={TEMPLATE}.env={{A: 1.10}}": f"{TEMPLATE}.env.A: got 1.1, allowed: text",
    f"--config_override={TEMPLATE}.env={{A: 12:30:45}}": f"{TEMPLATE}.env.A: got 45045",
    f"--config_override={TEMPLATE}.labels={{A: 007}}": f"{TEMPLATE}.labels.A: got 7",
    f"--config_override={TEMPLATE}.env={{A: 2001-01-01}}": f"{TEMPLATE}.env.A: got 2001-01-01",
    f"--config_override={BLOCK}.load.rate=.nan": f"{BLOCK}.load.rate: got nan",
    f"--config_override={BLOCK}.load={{rate: 0.1, duration: 1s}}": f"{BLOCK}.load: got a schedule of no claims",
    f"--config_override={BLOCK}.load={{arrivals: trace, trace: absent.txt}}": f"{BLOCK}.load.trace",
    "--agent_sandbox_qps=0": f"{BLOCK}.load.rate (--agent_sandbox_qps)",
    "--agent_sandbox_duration=0": f"{BLOCK}.load.duration (--agent_sandbox_duration)",
    "--agent_sandbox_duration=-1": f"{BLOCK}.load.duration (--agent_sandbox_duration)",
    "--agent_sandbox_target=existing": f"{BLOCK}.context",
}


@pytest.mark.parametrize("flag", REFUSED)
def test_one_line_names_the_field(pkb: Pkb, flag: str) -> None:
    target = () if "target" in flag else ("--agent_sandbox_target=simulator",)
    outcome = pkb(*target, flag)
    lines = outcome.log.splitlines()
    assert outcome.returncode == 1
    assert REFUSED[flag] in lines[-1]
    assert "Traceback" not in outcome.log
    assert "Provisioning" not in outcome.log
    assert outcome.samples == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("load.object=pod", "load.object: got pod, allowed: nothing"),
        ("workload.capacity_back=true", "workload.capacity_back"),
    ],
)
def test_a_baseline_is_of_what_all_objects_have(pkb: Pkb, told: str, words: str) -> None:
    block = "agent_sandbox_baseline.agent_sandbox"
    flags = ("--agent_sandbox_target=simulator", f"--config_override={block}.{told}")
    outcome = pkb(*flags, benchmark="agent_sandbox_baseline")
    assert (outcome.returncode, outcome.samples) == (1, [])
    assert f"{block}.{words}" in outcome.log.splitlines()[-1]


@pytest.mark.parametrize("target", [(), ("--agent_sandbox_target=cloud",)], ids=["default", "cloud"])
def test_manifests_that_cannot_be_had_are_known_before_there_is_a_cluster(pkb: Pkb, target: tuple[str, ...]) -> None:
    outcome = pkb(*target, "--ignore_package_requirements", "--agent_sandbox_manifest_ref=absent")
    assert outcome.returncode == 1
    assert outcome.samples == []
    assert f'{BLOCK}.manifest_ref (--agent_sandbox_manifest_ref): got "absent"' in outcome.log.splitlines()[-1]
    assert "Provisioning" not in outcome.log
