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
"""Claims sandboxes at a planned rate and measures how long each takes.

The claims are sent by an open-loop schedule: a slow cluster never slows it, and
the waiting time counts from the instant that was planned.
"""

from agent_sandbox_bench.pkb import benchmark

BENCHMARK_NAME = 'agent_sandbox'
BENCHMARK_CONFIG = """
agent_sandbox:
  description: >
    Claims sandboxes of the kubernetes-sigs/agent-sandbox stack at a planned
    rate and measures how long each takes to be usable.
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
  agent_sandbox:
    type: Kubernetes
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
Prepare = benchmark.Prepare
Run = benchmark.Run
Cleanup = benchmark.Cleanup
