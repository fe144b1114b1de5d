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
"""Searches the highest rate of claims that meets the objectives.

The figure is highest_rate, in claims per second.
"""

from agent_sandbox_bench.pkb import benchmark
from agent_sandbox_bench.pkb import cluster_config

BENCHMARK_NAME = 'agent_sandbox_search'
BENCHMARK_CONFIG = f"""
agent_sandbox_search:
  description: >
    Claims agent sandboxes at one rate after the other, to find the highest at
    which 99 of 100 are ready within a second and none fails.
{cluster_config.YAML}
  agent_sandbox:
    type: Kubernetes
    sandbox_warmpool:
      replicas: 300
    load:
      rate: 10
    slo:
      - time_to_ready.p99<1s
      - outcomes.failed==0
    search:
      max_rate: 1000
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
CheckPrerequisites = benchmark.CheckPrerequisites
Prepare = benchmark.Prepare
Run = benchmark.Search
Cleanup = benchmark.Cleanup
