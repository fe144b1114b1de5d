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
"""Measures how fast files go to a claimed sandbox, and come back."""

from agent_sandbox_bench.pkb import benchmark
from agent_sandbox_bench.pkb import cluster_config

BENCHMARK_NAME = 'agent_sandbox_payload'
BENCHMARK_CONFIG = f"""
agent_sandbox_payload:
  description: >
    Claims agent sandboxes; writes files of 1 KB to 10 MB to each, and reads
    them again. Each step has a latency of its own, and a rate in MB a second.
{cluster_config.YAML}
  agent_sandbox: {cluster_config.Preset('payload')}
"""

BENCHMARK_CONFIG_SPEC_CLASS = benchmark.BENCHMARK_CONFIG_SPEC_CLASS
GetConfig = benchmark.ConfigLoader(BENCHMARK_CONFIG, BENCHMARK_NAME)
CheckPrerequisites = benchmark.CheckPrerequisites
Prepare = benchmark.Prepare
Run = benchmark.Run
Cleanup = benchmark.Cleanup
