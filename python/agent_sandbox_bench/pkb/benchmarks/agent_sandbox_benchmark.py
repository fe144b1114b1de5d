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
from agent_sandbox_bench.pkb import cluster_config

BENCHMARK_NAME = 'agent_sandbox'
BENCHMARK_CONFIG = f"""
agent_sandbox:
  description: >
    Claims sandboxes of the kubernetes-sigs/agent-sandbox stack at a planned
    rate and measures how long each takes to be usable.
{cluster_config.YAML}
  agent_sandbox:
    type: Kubernetes
    load:
      max_in_flight: 200  # as PKB's own load generator
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
CheckPrerequisites = benchmark.CheckPrerequisites
Prepare = benchmark.Prepare
Run = benchmark.Run
Cleanup = benchmark.Cleanup
