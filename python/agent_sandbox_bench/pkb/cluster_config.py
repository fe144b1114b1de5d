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
"""What the benchmarks' configs are made of: a cluster on each cloud, a load."""

import json

import agent_sandbox_bench as asb

# A small pool for the controller, and a pool of its own for the sandboxes.
YAML = """
  container_cluster:
    cloud: GCP
    type: Kubernetes
    vm_count: 1
    vm_spec:
      GCP:
        machine_type: n4-standard-4
        zone: us-central1-b
      AWS:
        machine_type: m7i.xlarge
        zone: us-east-1a
      Azure:
        machine_type: Standard_D4s_v6
        zone: eastus-1
    nodepools:
      sandbox:
        vm_count: 4
        vm_spec:
          GCP:
            machine_type: n4-standard-16
            zone: us-central1-b
          AWS:
            machine_type: m7i.4xlarge
            zone: us-east-1a
          Azure:
            machine_type: Standard_D16s_v6
            zone: eastus-1
"""


def Preset(name: str) -> str:
  """Returns a preset of the core as an agent_sandbox block, in one line.

  Args:
    name: The preset, as `run --preset` knows it.
  """
  preset = asb.preset(name)
  block = {'type': 'Kubernetes'} | preset.pop('stack', {}) | preset
  return json.dumps(block)  # JSON is YAML too.
