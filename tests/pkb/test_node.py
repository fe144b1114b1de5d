"""The real node: kubelet, containerd and gVisor, with a controller that PKB's own Prepare installs; needs root."""

from collections.abc import Iterator

import pytest
from cluster.control_plane import RELEASES
from cluster.manifests import sandbox_folder
from node.real_node import CannotError, RealNode

from pkb.runs import Pkb

BLOCK = "--config_override=agent_sandbox_ttfe.agent_sandbox"


@pytest.fixture
def node(request: pytest.FixtureRequest) -> Iterator[RealNode]:
    if not request.config.getoption("--pkb-node", None):
        pytest.skip("no real node asked for: nox -s pkb -- PATH_TO_PKB --pkb-node")
    try:
        with RealNode() as node:
            yield node
    except CannotError as error:
        pytest.skip(str(error))


@pytest.mark.timeout(600)
def test_time_to_first_exec(pkb: Pkb, node: RealNode) -> None:
    images = [image.name for image in node.own_images()]
    outcome = pkb(
        "--agent_sandbox_target=existing",
        f"--kubeconfig={node.kubeconfig}",
        "--agent_sandbox_warmpool_replicas=4",
        f"{BLOCK}.manifest_ref={sandbox_folder(RELEASES[node.image_release].group)}",
        f"{BLOCK}.controller.image={images[-1]}",
        f"{BLOCK}.sandbox_template.image={images[1]}",
        f"{BLOCK}.load.rate=1",
        f"{BLOCK}.load.total=4",
        benchmark="agent_sandbox_ttfe",
    )
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") == outcome.value("class_warm") == 4
    assert outcome.value("time_to_first_exec_p50") > outcome.value("startup_time_p50")
    assert outcome.value("controller_creations") == 4
    assert not node.names("crd")
