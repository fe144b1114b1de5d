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
"""PKB samples of the Pods of sandboxes, and of what their nodes felt."""

from typing import Any, Iterator

_STATISTICS = ('min', 'mean', 'p50', 'p90', 'p95', 'p99', 'max')

# Name, value, unit and further metadata of a sample.
_Figure = tuple[str, float | None, str, dict[str, Any]]


def Pods(summary: dict[str, Any] | None) -> Iterator[_Figure]:
  """Yields the stages of the Pods, and how long they outlive their claims.

  Args:
    summary: What the run says of them; None if they were not watched.
  """
  if not summary or summary['reason']:
    return
  yield 'pods_seen', summary['seen'], 'count', {'gaps': summary['gaps']}
  yield 'pods_pending_count', summary['pending'], 'count', {}
  yield from _Spread('release_to_pod_gone', summary['release_to_gone_s'], {})
  for group in summary['groups']:
    about = {'made_for': group['group']}
    yield 'pods_made', group['pods'], 'count', about
    yield 'pod_ready_rate', group['ready_rate'], 'count/sec', about
    for stage, figures in group['stages_s'].items():
      yield from _Spread(f'pod_{stage}', figures, about)


def Nodes(summary: dict[str, Any] | None) -> Iterator[_Figure]:
  """Yields the pressure of the nodes, and the memory of a sandbox.

  Args:
    summary: What the run says of them; None if nothing told.
  """
  if not summary:
    return
  for memory in summary['memory']:
    about = {key: memory[key] for key in ('source', 't_s')}
    yield 'sandbox_memory', memory['bytes_per_sandbox'], 'bytes', about
    yield 'sandbox_memory_total', memory['bytes'], 'bytes', about
    yield 'sandbox_memory_count', memory['sandboxes'], 'count', about
  for it in summary['pressure']:
    keys = ('source', 'node', 'resource', 'waited', 'count')
    about = {key: it[key] for key in keys}
    name = f'node_{it["resource"]}_pressure'
    yield f'{name}_mean', it['mean_avg10'], 'percent', about
    yield f'{name}_max', it['max_avg10'], 'percent', about


def _Spread(name, figures, about) -> Iterator[_Figure]:
  """Yields the figures of one distribution; there may be none."""
  if not figures:
    return
  about = about | {key: figures[key] for key in ('count', 'censored')}
  for key in _STATISTICS:
    bound = {'lower_bound': key in figures['bounds']}
    yield f'{name}_{key}', figures[key], 'seconds', about | bound
