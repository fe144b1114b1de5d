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
"""PKB samples of a run.

The names of the load generator that PKB's own draft carries are kept, so that
results compare; what it has no name for is under the core's names.
"""

import datetime
import json
import math
import os
from typing import Any, Iterable, Iterator

from perfkitbenchmarker import sample

_PERCENTILES = (50, 90, 95, 99)
_NS_PER_S = 1e9
_WINDOW_S = 10

# Latencies with a name of their own in PKB's draft: what a user waited.
_KEPT_NAMES = {'time_to_ready': 'startup_time'}


def FromResult(
    result: Any, metadata: dict[str, Any], works: bool
) -> list[sample.Sample]:
  """Returns the samples of a run.

  Args:
    result: What the core returned.
    metadata: What is said about every sample.
    works: Whether a sandbox is held or does something before its release.
  """
  summary = result.summary
  claims = [claim for claim in result.claims() if claim]
  metadata = metadata | RunMetadata(summary)
  return [
      sample.Sample(name, value, unit, metadata | more)
      for name, value, unit, more in _Figures(summary, claims, works)
      if value is not None
  ] + list(_Series(summary, claims, metadata))


def FromSearch(
    found: dict[str, Any], metadata: dict[str, Any]
) -> list[sample.Sample]:
  """Returns the samples of a search.

  Args:
    found: What the core returned.
    metadata: What is said about every sample.
  """
  answer = found['answer']
  metadata = metadata | {
      'limited_by': answer['limited_by'],
      'tolerance': found['tolerance'],
      'objectives': ','.join(found['slo']),
  }
  highest = answer['rate'] or 0.0
  samples = [sample.Sample('highest_rate', highest, 'count/sec', metadata)]
  for number, step in enumerate(found['steps']):
    more = {'step': number, 'rate': step['rate'], 'verdict': step['verdict']}
    more['because'] = '; '.join(step['because'])
    figures = step['time_to_ready_s'] or {}
    samples += [
        sample.Sample(f'search_{name}', figures[name], 'seconds', metadata | more)
        for name in ('p50', 'p99', 'max')
        if name in figures
    ]
    ready = step['outcomes']['ready'] / max(step['planned'], 1)
    samples.append(
        sample.Sample('search_ready', ready, 'fraction', metadata | more)
    )
  return samples


def Write(found: Iterable[sample.Sample], folder: Any) -> str:
  """Writes samples beside the run's other results, one JSON object a line."""
  path = os.path.join(folder, 'samples.json')
  with open(path, 'w') as lines:
    for one in found:
      lines.write(json.dumps(one.asdict()) + '\n')
  return path


def RunMetadata(summary: dict[str, Any]) -> dict[str, Any]:
  """Returns what a summary says about the run as a whole."""
  load = summary['load']
  return {
      'run_id': summary['run_id'],
      'tool_version': summary['tool_version'],
      'valid': summary['valid'],
      'invalid_reasons': ','.join(summary['invalid_reasons']),
      'target_qps': load['rate'],
      'duration': load['duration_s'],
      'total_claims': load['planned'],
      'seed': load['seed'],
  } | {f'target_{key}': value for key, value in summary['target'].items()}


def _Figures(summary, claims, works) -> Iterator[tuple[str, float, str, dict]]:
  """Yields name, value, unit and further metadata of each figure."""
  yield 'run_valid', float(summary['valid']), 'boolean', {}
  yield from _Latencies(summary['latency_s'])
  if works:
    yield from _Spans('exec_duration_s', claims, 'ready_ns')
  yield from _Spans('total_lifecycle_s', claims, 'intended_ns')
  yield from _Rates(claims)
  yield from _Counts(summary)
  yield from _Pools(summary['pools'])
  for objective in summary['slo']:
    yield 'slo_met', float(objective['met']), 'boolean', objective
  generator = summary['generator']
  yield 'generator_cpu', generator['cpu_s'], 'seconds', {}
  yield 'generator_max_rss', generator['max_rss_bytes'], 'bytes', {}
  yield 'connections_opened', generator['connections_opened'], 'count', {}
  yield 'watch_relists', generator['watch_relists'], 'count', {}


def _Latencies(latencies):
  for name, distribution in latencies.items():
    if not distribution:
      continue
    more = {key: distribution[key] for key in ('count', 'censored')}
    for key, value in distribution.items():
      if key in more:
        continue
      kept = _KEPT_NAMES.get(name)
      if kept and (key == 'max' or key in _Labels()):
        yield f'{kept}_{key}', value, 'seconds', more
      yield f'{name}_{key}', value, 'seconds', more


def _Spans(name, claims, start):
  """Yields the spread from an instant of a claim to its release."""
  spans = sorted(
      (claim['released_ns'] - claim[start]) / _NS_PER_S
      for claim in claims
      if claim['outcome'] == 'ready' and claim['released_ns'] is not None
  )
  if not spans:
    return
  for percent in _PERCENTILES:
    rank = max(math.ceil(percent / 100 * len(spans)), 1)
    yield f'{name}_p{percent}', spans[rank - 1], 'seconds', {}
  yield f'{name}_max', spans[-1], 'seconds', {}


def _Rates(claims):
  sent = [claim['sent_ns'] for claim in claims if claim['sent_ns'] is not None]
  ready = [claim['ready_ns'] for claim in claims if claim['outcome'] == 'ready']
  yield 'submit_qps', _Rate(len(sent), sent), 'count/sec', {}
  first = sent and [min(sent)]
  yield 'completion_qps', _Rate(len(ready), first + ready), 'count/sec', {}


def _Rate(count, instants):
  span = (max(instants) - min(instants)) / _NS_PER_S if instants else 0
  return count / span if span else 0.0


def _Pools(pools):
  units = {'time_to_full_s': 'seconds', 'refill_rate': 'count/sec'}
  for pool in pools:
    more = {'warm_pool': pool['name'], 'warm_pool_wanted': pool['wanted']}
    for name in ('lowest_ready', 'time_to_full_s', 'refill_rate'):
      yield f'pool_{name}', pool[name], units.get(name, 'count'), more


def _Counts(summary):
  outcomes = summary['outcomes']
  classes = summary['classes']
  ready = outcomes['ready']
  warm = classes['warm'] + classes['warm_unready']
  yield 'peak_concurrency', summary['peak_in_flight'], 'count', {}
  yield 'peak_alive', summary['peak_alive'], 'count', {}
  yield 'warm_served_fraction', warm / ready if ready else 0, 'fraction', {}
  yield 'achieved_ratio', summary['achieved_ratio'], 'fraction', {}
  yield 'success_count', ready, 'count', {}
  yield 'error_count', sum(outcomes.values()) - ready, 'count', {}
  for reason, count in summary['reasons'].items():
    more = {'error_type': reason}
    yield f'error_count_{reason}', count, 'count', more
  for outcome, count in outcomes.items():
    yield f'outcome_{outcome}', count, 'count', {}
  for name, count in classes.items():
    yield f'class_{name}', count, 'count', {}
  yield 'class_uncertain', summary['class_uncertain'], 'count', {}


def _Series(
    summary: dict[str, Any], claims: Iterable[Any], metadata: dict[str, Any]
) -> Iterator[sample.Sample]:
  """Yields the histogram of startup times, and the windows of the run."""
  waited = [
      round((claim['ready_ns'] - claim['intended_ns']) / _NS_PER_S, 6)
      for claim in claims
      if claim['outcome'] == 'ready'
  ]
  if waited:
    yield sample.CreateHistogramSample(
        sample.MakeHistogram(waited, round_bottom=0.99),
        'startup_time',
        '',
        'seconds',
        metadata,
        'startup_time_histogram',
    )
  windows = summary['windows']
  if not windows:
    return
  # PKB's time series are in milliseconds of Unix time.
  started = datetime.datetime.fromisoformat(summary['started_at']).timestamp()
  times = [1000 * (started + window['start_s']) for window in windows]
  for name in ('planned', 'sent', 'ready', 'p50', 'p99'):
    unit = 'seconds' if name.startswith('p5') or name == 'p99' else 'count'
    yield sample.CreateTimeSeriesSample(
        [window[name] for window in windows],
        times,
        f'{name}_time_series',
        unit,
        _WINDOW_S,
        additional_metadata=metadata,
    )


def _Labels():
  return frozenset(f'p{percent}' for percent in _PERCENTILES)
