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
"""The stages that all agent sandbox benchmarks share.

A benchmark module is its name, its config and these functions. Stages may run
in separate processes: each takes over what its own process was told by flag and
config, and keeps the rest as it was provisioned.
"""

import collections
import copy
import functools
import logging
from typing import Any, Callable

from absl import flags
import agent_sandbox_bench as asb
from agent_sandbox_bench.pkb import existing_cluster
from agent_sandbox_bench.pkb import resource
from agent_sandbox_bench.pkb import samples
from agent_sandbox_bench.pkb import spec
from agent_sandbox_bench.pkb import wiring  # pylint: disable=unused-import
from perfkitbenchmarker import benchmark_spec as bm_spec
from perfkitbenchmarker import configs
from perfkitbenchmarker import errors
from perfkitbenchmarker import sample
from perfkitbenchmarker import stages

FLAGS = flags.FLAGS
BENCHMARK_CONFIG_SPEC_CLASS = spec.AgentSandboxBenchmarkConfigSpec

# What this process was told, by name of benchmark, in PKB's order.
_told = collections.defaultdict(list)


def ConfigLoader(
    benchmark_config: str, benchmark_name: str
) -> Callable[[dict[str, Any]], dict[str, Any]]:
  """Returns the GetConfig function of a benchmark.

  Args:
    benchmark_config: Its default config, YAML.
    benchmark_name: Its name.
  """

  def GetConfig(user_config: dict[str, Any]) -> dict[str, Any]:
    """Loads the config and fits its cluster to the target."""
    user_config = _Lifted(user_config)
    told = user_config.get('agent_sandbox') or {}
    if isinstance(told, dict):  # Else the decoder says that it is none.
      told = spec.Resolved(told, f'{benchmark_name}.agent_sandbox')
      user_config['agent_sandbox'] = told
      _told[benchmark_name].append(spec.WithFlags(told, FLAGS))
    config = configs.LoadConfig(benchmark_config, user_config, benchmark_name)
    _FitCluster(config)
    return config

  return GetConfig


def CheckPrerequisites(benchmark_config: spec.AgentSandboxBenchmarkConfigSpec):
  """Fails before anything is made when there is nothing to measure.

  Args:
    benchmark_config: The decoded config; its values are judged by then.

  Raises:
    errors.Config.MissingOption: The config has no agent_sandbox block.
    errors.Config.InvalidValue: The stack that it describes cannot be had.
  """
  sandbox_spec = benchmark_config.agent_sandbox
  if sandbox_spec is None:
    raise errors.Config.MissingOption(
        'Missing agent_sandbox: the benchmark needs this block.'
    )
  if stages.PROVISION in FLAGS.run_stage and sandbox_spec.target != 'simulator':
    sandbox_spec.RehearseInstall()


def CheckBaseline(benchmark_config: spec.AgentSandboxBenchmarkConfigSpec):
  """Fails, too, when one of the compared objects cannot have this load.

  Args:
    benchmark_config: As for CheckPrerequisites.

  Raises:
    errors.Config.MissingOption: As there.
    errors.Config.InvalidValue: As there; or the config names an object itself,
      or has what one of them does not.
  """
  CheckPrerequisites(benchmark_config)
  benchmark_config.agent_sandbox.CheckObjects(resource.OBJECTS)


def Prepare(benchmark_spec: bm_spec.BenchmarkSpec) -> None:
  """Brings the stack to this stage's config, when the stage runs alone."""
  if stages.PROVISION not in FLAGS.run_stage:
    benchmark_spec.agent_sandbox.Refresh(_Told(benchmark_spec))
    benchmark_spec.agent_sandbox.Install()


def Run(benchmark_spec: bm_spec.BenchmarkSpec) -> list[sample.Sample]:
  """Runs the load and returns its samples.

  Args:
    benchmark_spec: The benchmark specification.

  Returns:
    A list of sample.Sample, marked when the run is not a measurement.

  Raises:
    errors.Benchmarks.RunError: The load did not run; or it is not a
      measurement, and the config says that this is a failure.
  """
  sandbox = _Refreshed(benchmark_spec)
  return _Judged(sandbox, _Raising(sandbox.Run))


def Baseline(benchmark_spec: bm_spec.BenchmarkSpec) -> list[sample.Sample]:
  """Sends one schedule of each object and returns what lies between them.

  Args:
    benchmark_spec: The benchmark specification.

  Returns:
    A list of sample.Sample: those of each run, and the differences.

  Raises:
    errors.Benchmarks.RunError: As for Run, by the first run that is at fault.
  """
  sandbox = _Refreshed(benchmark_spec)
  found, summaries, seed = [], {}, sandbox.spec.load.seed
  for name in resource.OBJECTS:
    load = {'object': name} | ({} if seed is None else {'seed': seed})
    result = _Raising(functools.partial(sandbox.Run, **load))
    found += _Judged(sandbox, result)
    summaries[name] = result.summary
    seed = result.summary['load']['seed']
  return found + samples.FromBaseline(summaries, sandbox.GetResourceMetadata())


def Search(benchmark_spec: bm_spec.BenchmarkSpec) -> list[sample.Sample]:
  """Searches the highest rate that meets the objectives.

  Args:
    benchmark_spec: The benchmark specification.

  Returns:
    A list of sample.Sample: the rate, and the curve that led to it.

  Raises:
    errors.Benchmarks.RunError: There was no load, or no answer.
  """
  sandbox = _Refreshed(benchmark_spec)
  found = _Raising(sandbox.Search)
  if found['answer'] is None or found['ended_early']:
    raise errors.Benchmarks.RunError(
        f'The search ended early: {found["ended_early"]}'
    )
  return samples.FromSearch(found, sandbox.GetResourceMetadata())


def Cleanup(benchmark_spec: bm_spec.BenchmarkSpec) -> None:
  """Removes claims, and the stack from a cluster that stays."""
  benchmark_spec.agent_sandbox.ReleaseClaims()
  benchmark_spec.agent_sandbox.Uninstall()


def _Judged(sandbox, result):
  """Returns the samples of a run; one that is not a measurement says so."""
  found = samples.FromResult(
      result, sandbox.GetRunMetadata(result), sandbox.works
  )
  if result.valid:
    return found
  reasons = ', '.join(result.summary['invalid_reasons'])
  if sandbox.spec.fail_on_invalid:
    path = samples.Write(found, result.out_dir)
    raise errors.Benchmarks.RunError(
        f'The run is no measurement ({reasons}); its samples are in {path}.'
    )
  logging.warning('The run is no measurement: %s.', reasons)
  return found


def _Refreshed(benchmark_spec):
  sandbox = benchmark_spec.agent_sandbox
  if stages.PREPARE not in FLAGS.run_stage:
    sandbox.RefreshLoad(_Told(benchmark_spec))
  return sandbox


def _Raising(measure):
  """Returns what `measure` does, or raises as PKB expects."""
  try:
    return measure()
  except asb.RunInterrupted as e:
    raise KeyboardInterrupt(str(e)) from e
  except asb.AgentSandboxBenchError as e:
    raise errors.Benchmarks.RunError(str(e)) from e


def _Told(benchmark_spec):
  # PKB numbers the benchmarks of one name in the order of their configs.
  number = int(benchmark_spec.uid.removeprefix(benchmark_spec.name))
  return _told[benchmark_spec.name][number]


def _Lifted(user_config):
  """Moves a block written under container_cluster to where it belongs."""
  user_config = copy.deepcopy(user_config)
  cluster = user_config.get('container_cluster') or {}
  if 'agent_sandbox' not in cluster:
    return user_config
  block = user_config['container_cluster'].pop('agent_sandbox')
  user_config['agent_sandbox'] = configs.MergeConfigs(
      user_config.get('agent_sandbox') or {}, block
  )
  return user_config


def _FitCluster(config):
  block = config.get('agent_sandbox')
  if not isinstance(block, dict):
    return
  block = spec.WithFlags(block, FLAGS)
  target = block.get('target')
  if target == 'simulator':
    config.pop('container_cluster', None)
  elif target == 'existing':
    config['container_cluster'] = existing_cluster.ClusterConfig(block)
