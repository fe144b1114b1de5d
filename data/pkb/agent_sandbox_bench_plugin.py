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
"""Makes the benchmarks of agent-sandbox-bench known to this checkout of PKB.

`agent-sandbox-bench pkb-shim` wrote this file, and takes it out again with
--remove. The package agent_sandbox_bench must be installed beside PKB.
"""

from agent_sandbox_bench.pkb import registration

registration.Register()
