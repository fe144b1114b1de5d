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
"""Gives PKB's BenchmarkSpec an agent sandbox, as it has an example resource.

A checkout that constructs, creates and deletes agent sandboxes itself keeps its
own places for that; another gets them here.
"""

import functools

from agent_sandbox_bench.pkb import base
from perfkitbenchmarker import benchmark_spec as bm_spec
from perfkitbenchmarker import resource


def ConstructAgentSandbox(self) -> None:
  """Constructs the agent sandbox, on a cluster or, simulated, on none."""
  sandbox_spec = getattr(self.config, 'agent_sandbox', None)
  if sandbox_spec is None:
    return
  sandbox_class = resource.GetResourceClass(
      base.BaseAgentSandbox, SANDBOX_TYPE=sandbox_spec.type
  )
  self.agent_sandbox = sandbox_class(sandbox_spec, self.container_cluster)
  self.agent_sandbox.owner = self.uid
  self.resources.append(self.agent_sandbox)
  # PKB pickles the spec before it creates anything, so that a run killed at
  # any later moment still has its Cleanup called.
  self.always_call_cleanup = True


def _After(method, action):
  @functools.wraps(method)
  def Wrapped(self, *args, **kwargs):
    result = method(self, *args, **kwargs)
    action(self)
    return result

  return Wrapped


def _Before(method, action):
  @functools.wraps(method)
  def Wrapped(self, *args, **kwargs):
    try:
      action(self)
    finally:
      # Whatever happened, the cluster must go.
      method(self, *args, **kwargs)

  return Wrapped


def _Create(self):
  if self.agent_sandbox:
    self.agent_sandbox.Create()


def _Delete(self):
  if self.agent_sandbox and not self.deleted:
    self.agent_sandbox.Delete()


def Wire(spec_class: type[bm_spec.BenchmarkSpec]) -> None:
  """Wires agent sandboxes into a spec class, once."""
  constructor = getattr(spec_class, 'ConstructAgentSandbox', None)
  if constructor is ConstructAgentSandbox:
    return
  spec_class.ConstructAgentSandbox = ConstructAgentSandbox
  if constructor:
    return
  spec_class.agent_sandbox = None
  spec_class.ConstructResources = _After(
      spec_class.ConstructResources, ConstructAgentSandbox
  )
  spec_class.Provision = _After(spec_class.Provision, _Create)
  spec_class.Delete = _Before(spec_class.Delete, _Delete)


Wire(bm_spec.BenchmarkSpec)
