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
"""The base classes of agent sandboxes: PKB's own where it has them.

PKB's registries go by the name of the base class and refuse a look-alike, so
everything here must derive from the checkout's own class when there is one.
"""

from perfkitbenchmarker import resource
from perfkitbenchmarker.configs import option_decoders
from perfkitbenchmarker.configs import spec

DEFAULT_SANDBOX_TYPE = 'Kubernetes'

try:
  # pylint: disable=g-import-not-at-top, unused-import
  from perfkitbenchmarker.resources import agent_sandbox
  from perfkitbenchmarker.resources import agent_sandbox_spec
  # PKB's own classes of this type must be registered before ours: in PKB's
  # registries the last one wins.
  from perfkitbenchmarker.resources.kubernetes import k8s_agent_sandbox

  BaseAgentSandbox = agent_sandbox.BaseAgentSandbox
  BaseAgentSandboxConfigSpec = agent_sandbox_spec.BaseAgentSandboxConfigSpec
except ImportError:

  class BaseAgentSandboxConfigSpec(spec.BaseSpec):
    """What every type of agent sandbox is configured with."""

    SPEC_TYPE = 'BaseAgentSandboxConfigSpec'
    SPEC_ATTRS = ['SANDBOX_TYPE']

    @classmethod
    def _GetOptionDecoderConstructions(cls):
      """Adds the type to the options."""
      result = super()._GetOptionDecoderConstructions()
      result['type'] = (
          option_decoders.StringDecoder,
          {'default': DEFAULT_SANDBOX_TYPE},
      )
      return result

  class BaseAgentSandbox(resource.BaseResource):
    """A stack that serves sandboxes on a cluster."""

    RESOURCE_TYPE = 'BaseAgentSandbox'
    REQUIRED_ATTRS = ['SANDBOX_TYPE']

    def __init__(self, sandbox_spec, cluster):
      super().__init__()
      self.spec = sandbox_spec
      self.cluster = cluster
