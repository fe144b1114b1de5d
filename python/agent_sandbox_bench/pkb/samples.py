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

import itertools
import json
import math
import os
from typing import Any, Iterable, Iterator

from agent_sandbox_bench.pkb import pods
from agent_sandbox_bench.pkb import series
from perfkitbenchmarker import sample

# Name, value, unit and further metadata of a sample.
Figure = tuple[str, float | None, str, dict[str, Any]]

_NS_PER_S = 1e9
_PERCENTILES = {'p50': 50, 'p90': 90, 'p95': 95, 'p99': 99}
_STATISTICS = ('min', 'mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max')


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
  metadata = metadata | _RunMetadata(summary)
  phases = summary.get('phases', [])
  warm_ups = {phase['name'] for phase in phases if phase['warm_up']}
  # As in the summary: warm-ups are in no figure of the run.
  claims = [c for c in result.claims() if c['phase'] not in warm_ups]
  figures = itertools.chain(
      _Run(summary), _Claims(claims, works), *map(_Phase, phases)
  )
  return [
      *_Samples(figures, metadata),
      *series.Histograms(claims, metadata),
      *series.Windows(summary, metadata),
  ]


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
      'settled': answer['settled'],
      'tolerance': found['tolerance'],
      'objectives': ','.join(found['slo']),
      'warnings': '; '.join(found['warnings']),
  }
  rate = answer['rate']
  if rate is None and answer['limited_by'] == 'cluster':
    rate = 0.0  # no rate meets the objectives; any other limit leaves it open
  ends = {'interval_low': answer['low'], 'interval_high': answer['high']}
  highest = 'highest_rate', rate, 'count/sec', ends
  steps = itertools.starmap(_Step, enumerate(found['steps']))
  return _Samples(itertools.chain([highest], *steps), metadata)


def FromBaseline(
    summaries: dict[str, Any], metadata: dict[str, Any]
) -> list[sample.Sample]:
  """Returns what lies between the runs of a baseline.

  Args:
    summaries: The summary of each run, by object.
    metadata: What is said about every sample.
  """
  metadata = metadata | {
      'load.object': ','.join(summaries),
      'run_id': ','.join(one['run_id'] for one in summaries.values()),
      'valid': all(one['valid'] for one in summaries.values()),
  }
  figures = itertools.chain(
      _Difference('added', summaries, 'sandbox', 'pod'),
      _Difference('saved', summaries, 'sandbox', 'claim'),
  )
  return _Samples(figures, metadata)


def Write(found: Iterable[sample.Sample], folder: Any) -> str:
  """Writes samples beside the run's other results, one JSON object a line."""
  path = os.path.join(folder, 'samples.json')
  with open(path, 'w') as lines:
    for one in found:
      lines.write(json.dumps(one.asdict()) + '\n')
  return path


def _Samples(figures, metadata):
  """Returns a sample for each figure that there is."""
  return [
      sample.Sample(name, value, unit, metadata | more)
      for name, value, unit, more in figures
      if value is not None
  ]


def _RunMetadata(summary):
  """Returns what a summary says about the run as a whole."""
  load = summary['load']
  return {
      'run_id': summary['run_id'],
      'tool_version': summary['tool_version'],
      'valid': summary['valid'],
      'invalid_reasons': ','.join(summary['invalid_reasons']),
      'warnings': '; '.join(summary['warnings']),
      'object': load['object'],
      'target_qps': load['rate'],
      'duration': load['duration_s'],
      'total_claims': load['planned'],
      'seed': load['seed'],
      'loop': load['loop'],
      **{f'target_{key}': value for key, value in summary['target'].items()},
      **{f'label_{key}': value for key, value in summary['labels'].items()},
  }


def _Run(summary) -> Iterator[Figure]:
  """Yields what a summary says of the run as a whole."""
  yield 'run_valid', float(summary['valid']), 'boolean', {}
  yield from _Outcomes(summary)
  yield 'peak_concurrency', summary['peak_in_flight'], 'count', {}
  yield 'peak_alive', summary['peak_alive'], 'count', {}
  yield 'class_uncertain', summary['class_uncertain'], 'count', {}
  if commands := summary['exec']:
    yield 'exec_success_fraction', commands['ok_fraction'], 'fraction', {}
    for count in ('attempted', 'ok', 'failed'):
      yield f'exec_{count}', commands[count], 'count', {}
  for step in summary['steps']:
    yield from _SessionStep(step)
  for pool in summary['pools']:
    yield from _Pool(pool)
  yield from pods.Pods(summary['pods'])
  yield from pods.Nodes(summary['nodes'])
  for objective in summary['slo']:
    yield 'slo_met', float(objective['met']), 'boolean', objective
  yield from _Controller(summary['controller_metrics'])
  for runner in summary.get('runners', []):
    yield from _Runner(runner)
  generator = summary['generator']
  yield 'generator_cpu', generator['cpu_s'], 'seconds', {}
  yield 'generator_max_rss', generator['max_rss_bytes'], 'bytes', {}
  yield 'connections_opened', generator['connections_opened'], 'count', {}
  yield 'watch_relists', generator['watch_relists'], 'count', {}


def _Phase(phase) -> Iterator[Figure]:
  """Yields the figures of one phase, under names of their own."""
  about = {'phase': phase['name'], 'warm_up': phase['warm_up']}
  about |= {f'phase_{key}': value for key, value in phase['load'].items()}
  for name, value, unit, more in _Outcomes(phase):
    yield f'phase_{name}', value, unit, about | more


def _Outcomes(part) -> Iterator[Figure]:
  """Yields how the claims of a run or a phase ended, and how long they took."""
  outcomes, classes = part['outcomes'], part['classes']
  ready = outcomes['ready']
  for name, distribution in part['latency_s'].items():
    if distribution:
      yield from _Latency(name, distribution)
  pooled = classes['warm'] + classes['warm_unready']
  has_pool = part['load']['object'] == 'claim'
  warm_served = pooled / ready if ready and has_pool else None
  yield 'warm_served_fraction', warm_served, 'fraction', {}
  yield 'achieved_ratio', part['achieved_ratio'], 'fraction', {}
  yield 'success_count', ready, 'count', {}
  yield 'error_count', sum(outcomes.values()) - ready, 'count', {}
  for reason, count in part['reasons'].items():
    yield f'error_count_{reason}', count, 'count', {'error_type': reason}
  for outcome, count in outcomes.items():
    yield f'outcome_{outcome}', count, 'count', {}
  for name, count in classes.items():
    yield f'class_{name}', count, 'count', {}


def _Latency(name, distribution) -> Iterator[Figure]:
  counts = {k: v for k, v in distribution.items() if k in ('count', 'censored')}
  for key in _STATISTICS:
    value = distribution[key]
    about = counts | {'lower_bound': key in distribution['bounds']}
    if key in distribution['interval']:
      low, high = distribution['interval'][key] or (None, None)
      about |= {'interval_low': low, 'interval_high': high}
      about |= {'adequate': distribution['adequate'][key]}
    yield f'{name}_{key}', value, 'seconds', about
    if name == 'time_to_ready' and (key in _PERCENTILES or key == 'max'):
      yield f'startup_time_{key}', value, 'seconds', about


def _Difference(name, summaries, more, less) -> Iterator[Figure]:
  """Yields how much longer the startup of one object takes than another's."""
  waited = {
      one: summaries[one]['latency_s']['time_to_ready'] for one in (more, less)
  }
  for key in _PERCENTILES:
    bounds = [one for one in waited if key in waited[one]['bounds']]
    about = {'from': less, 'to': more, 'lower_bounds': ','.join(bounds)}
    value = waited[more][key] - waited[less][key]
    yield f'startup_time_{name}_{key}', value, 'seconds', about


def _SessionStep(step) -> Iterator[Figure]:
  """Yields the figures of one step of the sessions, by its name in metadata."""
  about = {'step': step['name'], 'step_kind': step['kind']}
  for count in ('attempted', 'ok', 'failed'):
    yield f'step_{count}', step[count], 'count', about
  for name, value, unit, more in _Latency('step', step['latency_s']):
    yield name, value, unit, about | more
  if rates := step['mb_per_s']:
    bounds = step['latency_s']['bounds']
    for key, value in rates.items():
      more = {'bytes': step['bytes'], 'upper_bound': key in bounds}
      yield f'step_mb_per_s_{key}', value, 'MB/sec', about | more


def _Pool(pool) -> Iterator[Figure]:
  about = {'warm_pool': pool['name'], 'warm_pool_wanted': pool['wanted']}
  yield 'pool_ready_at_start', pool['ready_at_start'], 'count', about
  yield 'pool_lowest_ready', pool['lowest_ready'], 'count', about
  yield 'pool_time_to_full_s', pool['time_to_full_s'], 'seconds', about
  yield 'pool_refill_rate', pool['refill_rate'], 'count/sec', about
  # A reading may come a quarter of a second after the change.
  drained = about | {'lower_bound': True}
  yield 'pool_drain_rate', pool['drain_rate'], 'count/sec', drained
  back = pool['full_after_release_s']
  yield 'pool_full_after_release', back, 'seconds', about


def _Controller(metrics) -> Iterator[Figure]:
  """Yields what the controller counted itself; percentiles are its buckets."""
  if not metrics:
    return
  for kind, count in metrics['creations'].items():
    yield 'controller_creations', count, 'count', {'launch_type': kind}
  for counted, figures in metrics['histograms'].items():
    if not figures:
      continue
    name = counted.removesuffix('_ms')  # the core reports seconds
    about = {'count': figures['count']}
    yield f'{name}_mean', figures['mean_s'], 'seconds', about
    for key in ('p50', 'p99'):
      bucket = figures[key]
      above = about | {'above': bucket['above_s']}
      yield f'{name}_{key}_at_most', bucket['at_most_s'], 'seconds', above


def _Runner(runner) -> Iterator[Figure]:
  """Yields the figures of one of several runners; a lost one told few."""
  about = {key: runner[key] for key in ('index', 'node', 'outcome')}
  about = {f'runner_{key}': value for key, value in about.items()}
  lag = runner['schedule_lag_p99_s']
  yield 'runner_valid', float(runner['valid']), 'boolean', about
  yield 'runner_achieved_ratio', runner['achieved_ratio'], 'fraction', about
  yield 'runner_schedule_lag_p99', lag, 'seconds', about
  yield 'runner_cpu', runner['cpu_s'], 'seconds', about
  yield 'runner_max_rss', runner['max_rss_bytes'], 'bytes', about


def _Claims(claims, works) -> Iterator[Figure]:
  """Yields what PKB's load generator reports and the summary does not."""
  sent = [c['sent_ns'] for c in claims if c['sent_ns'] is not None]
  ready = [c for c in claims if c['outcome'] == 'ready']
  # n instants have n - 1 gaps between them.
  yield 'submit_qps', _Rate(len(sent) - 1, sent), 'count/sec', {}
  instants = sent[:1] and [min(sent), *(c['ready_ns'] for c in ready)]
  yield 'completion_qps', _Rate(len(ready), instants), 'count/sec', {}
  released = [c for c in ready if c['released_ns'] is not None]
  if works:
    yield from _Spans('exec_duration_s', 'ready_ns', released)
  yield from _Spans('total_lifecycle_s', 'intended_ns', released)
  yield from _Deletions(released)


def _Deletions(released) -> Iterator[Figure]:
  """Yields how fast what was released was gone, from the first release on."""
  if not released:
    return
  gone = [c['deleted_ns'] for c in released if c['deleted_ns'] is not None]
  yield 'deletion_pending_count', len(released) - len(gone), 'count', {}
  instants = gone and [min(c['released_ns'] for c in released), *gone]
  yield 'deletion_rate', _Rate(len(gone), instants), 'count/sec', {}
  if gone:
    span = (max(instants) - min(instants)) / _NS_PER_S
    yield 'deletion_time', span, 'seconds', {}


def _Rate(count, instants):
  """Returns how many a second; None if there is no time to count over."""
  span = (max(instants) - min(instants)) / _NS_PER_S if instants else 0
  return count / span if span and count > 0 else None


def _Spans(name, start, released) -> Iterator[Figure]:
  """Yields the spread from an instant of each claim to its release."""
  spans = sorted((c['released_ns'] - c[start]) / _NS_PER_S for c in released)
  if not spans:
    return
  for key, percent in _PERCENTILES.items():
    rank = max(math.ceil(percent / 100 * len(spans)), 1)
    yield f'{name}_{key}', spans[rank - 1], 'seconds', {}
  yield f'{name}_max', spans[-1], 'seconds', {}


def _Step(number, step) -> Iterator[Figure]:
  """Yields a step of a search."""
  keys = ('rate', 'seed', 'warm_up_s', 'verdict', 'queue_growing', 'took_s')
  about = {'step': number} | {key: step[key] for key in keys}
  about['because'] = '; '.join(step['because'])
  figures = step['time_to_ready_s'] or {}
  for name in ('p50', 'p99', 'max'):
    yield f'search_{name}', figures.get(name), 'seconds', about
  planned = step['planned']
  ready = step['outcomes']['ready'] / planned if planned else None
  yield 'search_ready', ready, 'fraction', about
