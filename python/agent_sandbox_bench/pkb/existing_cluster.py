# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#   http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""A Kubernetes cluster that PKB did not make: kind, on-premises, anybody's.

PKB has no provider for such a cluster. This one makes and deletes nothing, and
it asks the cluster nothing through kubectl, whose current context may be a
different cluster.
"""

from typing import Any

from perfkitbenchmarker import events
from perfkitbenchmarker import provider_info
from perfkitbenchmarker import providers
from perfkitbenchmarker.resources.container_service import container
from perfkitbenchmarker.resources.container_service import container_cluster
from perfkitbenchmarker.traces import kubernetes_tracker

CLOUD = provider_info.KUBERNETES

# PKB has no folder of modules for this provider to load.
providers._imported_providers.add(CLOUD)  # pylint: disable=protected-access


class ExistingKubernetesCluster(container_cluster.BaseContainerCluster):
  """A cluster named by kubeconfig and context, left as it was found."""

  CLOUD = CLOUD
  CLUSTER_TYPE = container.KUBERNETES

  def _Create(self):
    """Makes nothing: the cluster stands."""

  def _Delete(self):
    """Deletes nothing: the cluster stays."""

  def GetResourceMetadata(self) -> dict[str, Any]:
    """Returns what is known: PKB chose neither nodes nor machines."""
    return {
        'cloud': self.CLOUD,
        'cluster_type': self.CLUSTER_TYPE,
        'name': self.name,
    }


def _Spare(signal, receiver):
  """Keeps a receiver of PKB's phases away from clusters that it cannot ask."""

  def Receive(sender, benchmark_spec):
    cluster = benchmark_spec.container_cluster
    if not isinstance(cluster, ExistingKubernetesCluster):
      receiver(sender, benchmark_spec=benchmark_spec)

  signal.disconnect(receiver)
  signal.connect(Receive, weak=False)


# Older PKBs count the nodes of any cluster, through kubectl.
# pylint: disable=protected-access
_Spare(events.before_phase, kubernetes_tracker._StartTrackingVMUsage)
_Spare(events.after_phase, kubernetes_tracker._StopTrackingVMUsage)
# pylint: enable=protected-access


def ClusterConfig(sandbox_config: dict[str, Any]) -> dict[str, Any]:
  """Returns the container_cluster block of an existing cluster."""
  name = sandbox_config.get('context') or sandbox_config.get('kubeconfig')
  return {
      'cloud': CLOUD,
      'type': container.KUBERNETES,
      'static_cluster': str(name or 'existing'),
      'vm_count': 1,  # PKB wants a number, and makes none of them.
      'vm_spec': {CLOUD: {}},
      'poll_for_events': False,
  }
