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
"""Flags for what people change by hand; all else is --config_override.

A flag that the PKB checkout defines itself is left as it is and read by its
name: absl refuses a second definition.
"""

from typing import Any

from absl import flags

TARGETS = ('cloud', 'existing', 'simulator')

_DEFINITIONS = (
    (
        flags.DEFINE_string,
        'agent_sandbox_manifest_ref',
        None,
        'agent-sandbox to install: a release tag, a commit or a local folder.',
    ),
    (
        flags.DEFINE_string,
        'agent_sandbox_namespace',
        None,
        'Namespace of the template, the warm pool and the claims.',
    ),
    (
        flags.DEFINE_string,
        'agent_sandbox_runtime_class',
        None,
        'RuntimeClass of the sandbox pods.',
    ),
    (
        flags.DEFINE_integer,
        'agent_sandbox_warmpool_replicas',
        None,
        'Sandboxes that the warm pool keeps ready; 0 for cold starts alone.',
    ),
    (
        flags.DEFINE_string,
        'agent_sandbox_controller_image',
        None,
        'Image of the controller.',
    ),
    (
        flags.DEFINE_integer,
        'agent_sandbox_controller_claim_workers',
        None,
        'Claims that the controller works on at once.',
    ),
    (
        flags.DEFINE_float,
        'agent_sandbox_qps',
        10.0,
        'Claims sent per second.',
    ),
    (
        flags.DEFINE_float,
        'agent_sandbox_duration',
        60.0,
        'Seconds during which claims are sent.',
    ),
    (
        flags.DEFINE_integer,
        'agent_sandbox_total',
        None,
        'Claims in all; the schedule ends there.',
    ),
    (
        flags.DEFINE_integer,
        'agent_sandbox_max_concurrent',
        200,
        'Claims sent and not yet ended, at most. One that meets the limit is'
        ' not sent, and counted.',
    ),
    (
        flags.DEFINE_float,
        'agent_sandbox_ready_timeout',
        180.0,
        'Seconds after which a claim without Ready has timed out.',
    ),
    (
        flags.DEFINE_float,
        'agent_sandbox_workload_duration',
        0.0,
        'Seconds that a ready sandbox is held before it is released.',
    ),
)

# The field of the agent_sandbox block that each flag sets.
FIELDS = {
    'agent_sandbox_target': 'target',
    'agent_sandbox_manifest_ref': 'manifest_ref',
    'agent_sandbox_namespace': 'namespace',
    'agent_sandbox_runtime_class': 'sandbox_template.runtime_class',
    'agent_sandbox_warmpool_replicas': 'sandbox_warmpool.replicas',
    'agent_sandbox_controller_image': 'controller.image',
    'agent_sandbox_qps': 'load.rate',
    'agent_sandbox_duration': 'load.duration',
    'agent_sandbox_total': 'load.total',
    'agent_sandbox_max_concurrent': 'load.max_in_flight',
    'agent_sandbox_ready_timeout': 'load.ready_timeout',
    'agent_sandbox_workload_duration': 'workload.hold',
}

# Some checkouts also define one flag for each field of the controller.
_CONTROLLER_PREFIX = 'agent_sandbox_controller_'


def Define() -> None:
  """Defines the flags that PKB does not define itself."""
  for define, name, default, text in _DEFINITIONS:
    if name not in flags.FLAGS:
      define(name, default, text)
  if 'agent_sandbox_target' not in flags.FLAGS:
    flags.DEFINE_enum(
        'agent_sandbox_target',
        'cloud',
        TARGETS,
        'Where the benchmark runs: a cluster that PKB makes, one that stands,'
        ' or the embedded simulator.',
    )


def Present(flag_values: flags.FlagValues | None) -> dict[str, Any]:
  """Returns what was said by flag, by field of the agent_sandbox block."""
  present = {}
  for name in flag_values or ():
    field = FIELDS.get(name)
    if field is None and name.startswith(_CONTROLLER_PREFIX):
      field = 'controller.' + name.removeprefix(_CONTROLLER_PREFIX)
    if field and flag_values[name].present:
      present[field] = flag_values[name].value
  return present


Define()
