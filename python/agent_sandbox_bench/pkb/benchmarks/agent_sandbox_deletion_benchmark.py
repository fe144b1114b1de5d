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
"""Measures how fast released sandboxes are gone."""

from agent_sandbox_bench.pkb import benchmark
from agent_sandbox_bench.pkb import cluster_config

BENCHMARK_NAME = 'agent_sandbox_deletion'
BENCHMARK_CONFIG = f"""
agent_sandbox_deletion:
  description: >
    Claims and releases agent sandboxes at a steady rate, and measures how long
    each takes to be gone, and its capacity to be back.
{cluster_config.YAML}
  agent_sandbox: {cluster_config.Preset('deletion')}
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
CheckPrerequisites = benchmark.CheckPrerequisites
Prepare = benchmark.Prepare
Run = benchmark.Run
Cleanup = benchmark.Cleanup
