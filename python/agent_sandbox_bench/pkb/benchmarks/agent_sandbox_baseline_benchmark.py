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
"""Sends one schedule of Pods, of Sandboxes and of claims, and compares them.

A Sandbox less a Pod is what agent-sandbox adds to a cold start; a Sandbox less
a claim is what the warm pool saves.
"""

from agent_sandbox_bench.pkb import benchmark
from agent_sandbox_bench.pkb import cluster_config

BENCHMARK_NAME = 'agent_sandbox_baseline'
BENCHMARK_CONFIG = f"""
agent_sandbox_baseline:
  description: >
    Sends the same schedule of bare Pods, of bare Sandboxes and of claims
    against a warm pool: what does agent-sandbox add, what does the pool save?
{cluster_config.YAML}
  agent_sandbox:
    type: Kubernetes
    sandbox_warmpool:
      replicas: 50
    load:
      rate: 5
    workload:
      hold: 1s
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
CheckPrerequisites = benchmark.CheckBaseline
Prepare = benchmark.Prepare
Run = benchmark.Baseline
Cleanup = benchmark.Cleanup
