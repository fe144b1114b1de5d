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
"""PKB samples that hold many values: histograms, and the windows of a run."""

import datetime
from typing import Any, Iterator

from perfkitbenchmarker import sample

_NS_PER_S = 1e9
_WINDOW_S = 10

# From which instant of a claim to which.
_HISTOGRAMS = {
    'startup_time': ('intended_ns', 'ready_ns'),
    'schedule_lag': ('intended_ns', 'handed_over_ns'),
    'create_ack': ('sent_ns', 'acknowledged_ns'),
    'time_to_first_exec': ('intended_ns', 'first_exec_ns'),
    'time_to_deleted': ('released_ns', 'deleted_ns'),
    'time_to_capacity_back': ('released_ns', 'capacity_back_ns'),
}

# The figure of each window, and its unit.
_WINDOWS = {
    'planned': ('planned', 'count'),
    'sent': ('sent', 'count'),
    'ready': ('ready', 'count'),
    'startup_time_p50': ('p50', 'seconds'),
    'startup_time_p99': ('p99', 'seconds'),
}


def Histograms(
    claims: list[Any], metadata: dict[str, Any]
) -> Iterator[sample.Sample]:
  """Yields a histogram of each latency that was seen.

  Only what happened is in them: a claim that was never ready is in no
  histogram of startup times, but in error_count and the percentiles.

  Args:
    claims: The claims, as the core wrote them.
    metadata: What is said about every sample.
  """
  for name, (start, end) in _HISTOGRAMS.items():
    waited = [
        round((claim[end] - claim[start]) / _NS_PER_S, 6)
        for claim in claims
        if claim[start] is not None and claim[end] is not None
    ]
    if waited:
      histogram = sample.MakeHistogram(waited, round_bottom=0.99)
      yield sample.CreateHistogramSample(
          histogram, name, '', 'seconds', metadata, f'{name}_histogram'
      )


def Windows(
    summary: dict[str, Any], metadata: dict[str, Any]
) -> Iterator[sample.Sample]:
  """Yields the windows of a run, a time series for each figure.

  Args:
    summary: The run's summary.
    metadata: What is said about every sample.
  """
  windows = summary['windows']
  if not windows:
    return
  # PKB's time series are in milliseconds of Unix time.
  started = datetime.datetime.fromisoformat(summary['started_at']).timestamp()
  times = [1000 * (started + window['start_s']) for window in windows]
  for name, (figure, unit) in _WINDOWS.items():
    yield sample.CreateTimeSeriesSample(
        [window[figure] for window in windows],
        times,
        f'{name}_time_series',
        unit,
        _WINDOW_S,
        additional_metadata=metadata,
    )
