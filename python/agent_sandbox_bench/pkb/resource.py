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
"""The agent-sandbox stack as a PKB resource, for as long as a benchmark runs.

PKB pickles the resource after each stage and forks, so it holds plain values
alone: what talks to the cluster is made for each call and gone after it.
"""

import glob
import itertools
import json
import logging
import os
from typing import Any

from absl import flags
import agent_sandbox_bench as asb
from agent_sandbox_bench.pkb import base
from agent_sandbox_bench.pkb import spec
from perfkitbenchmarker import configs
from perfkitbenchmarker import errors
from perfkitbenchmarker import resource
from perfkitbenchmarker import sample
from perfkitbenchmarker import vm_util
import yaml

FLAGS = flags.FLAGS

# The pool of nodes that the benchmarks' configs set aside for sandboxes.
_NODEPOOL = 'sandbox'
_NODEPOOL_SELECTOR = f'{spec.NODEPOOL_LABEL}={_NODEPOOL}'

# What a baseline compares. Claims are last: the others find the pool at rest.
OBJECTS = ('pod', 'sandbox', 'claim')

# Who installed what is ours.
_OWNER = 'agent-sandbox-bench'

# What the core takes where nothing is configured.
_RUNTIME_CLASS = 'runsc'
_SIMULATED_REPLICAS = 100

# Sections that say nothing of what was measured.
_UNSAID = frozenset(['run_id', 'output'])

# What Run may take anew from flags and config when its stage runs alone; the
# rest is as it was installed.
_RUN_SECTIONS = (
    'load',
    'workload',
    'validity',
    'slo',
    'search',
    'simulator',
    'output',
)


class K8sAgentSandbox(base.BaseAgentSandbox):
  """Installs kubernetes-sigs/agent-sandbox and measures it.

  Attributes:
    spec: What is configured.
    cluster: The cluster it stands on; None for the simulator.
    owner: Name of the benchmark's folders of results.
    steps: What the last install did, and how long each step took.
    kept: What the last uninstall left, with the reason.
  """

  SANDBOX_TYPE = base.DEFAULT_SANDBOX_TYPE

  def __init__(self, sandbox_spec, cluster):
    if cluster is None and sandbox_spec.target != 'simulator':
      raise errors.Config.InvalidValue(
          f'Missing container_cluster: {sandbox_spec.component} with target'
          f' {sandbox_spec.target} needs one.'
      )
    # The base class takes no simulator for a cluster.
    resource.BaseResource.__init__(self)
    self.spec = sandbox_spec
    self.cluster = cluster
    self.owner = 'agent_sandbox'
    self.steps: list[dict[str, Any]] = []
    self.kept: list[str] = []

  @property
  def uninstalls(self) -> bool:
    """Whether the stack is removed in the end."""
    if self.spec.uninstall_on_delete is None:
      return self.cluster is not None and self.cluster.user_managed
    return self.spec.uninstall_on_delete

  @property
  def works(self) -> bool:
    """Whether a sandbox is held or does something before its release."""
    workload = self.spec.workload
    held = workload.hold not in (None, '0s')
    return held or bool(workload.exec or workload.execute or workload.steps)

  def NativeConfig(self) -> dict[str, Any]:
    """Returns the configuration as the core reads it."""
    config = self.spec.ToNative()
    pools = getattr(self.cluster, 'nodepools', {})
    if _NODEPOOL in pools and 'nodes' not in config['stack']:
      config['stack']['nodes'] = {'selector': _NODEPOOL_SELECTOR}
    return config

  def Refresh(
      self, configured: dict[str, Any], sections: tuple[str, ...] | None = None
  ) -> None:
    """Takes over what was configured anew for a stage that runs alone.

    Args:
      configured: What this process was told, without defaults. What it was not
        told stays as it was.
      sections: The keys that are taken over; all when None.
    """
    for fixed in ('type', 'target'):
      was = getattr(self.spec, fixed)
      if configured.get(fixed, was) != was:
        raise errors.Config.InvalidValue(
            f'Invalid {self.spec.component}.{fixed} value:'
            f' "{configured[fixed]}". It was provisioned as "{was}".'
        )
    news = {
        key: value
        for key, value in configured.items()
        if sections is None or key in sections
    }
    self.spec = type(self.spec)(
        self.spec.component,
        **configs.MergeConfigs(self.spec.configured, news),
    )

  def RefreshLoad(self, configured: dict[str, Any]) -> None:
    """Takes over what may change without an install."""
    installed = self.cluster is not None
    self.Refresh(configured, _RUN_SECTIONS if installed else None)

  def Install(self) -> None:
    """Brings the stack to what is configured; what stands so is left alone."""
    if self.cluster is None:
      return  # The simulator starts with its stack, in the process of Run.
    report = asb.install(self.NativeConfig(), target=self._Target())
    self.steps = report['steps']

  def Run(self, **load: Any) -> Any:
    """Runs the load and returns its result; the folder is the run's own.

    Args:
      **load: Fields of the load that differ from what is configured.
    """
    return self._Measure(asb.run, load)

  def Search(self) -> dict[str, Any]:
    """Searches the highest rate; each step is a run within its folder."""
    return self._Measure(asb.search)

  def ReleaseClaims(self) -> None:
    """Deletes what the runs of this benchmark may have left."""
    if self.cluster is None or not self._ServesClaims():
      return
    # The steps of a search have folders within its own.
    pattern = os.path.join(self._RunFolder('*'), '**', 'config.yaml')
    for path in glob.glob(pattern, recursive=True):
      with open(path) as config:
        run_id = yaml.safe_load(config)['run_id']
      logging.info('Releasing the claims of run %s.', run_id)
      asb.cleanup(target=self._Target(), run_id=run_id)

  def Uninstall(self) -> None:
    """Removes the stack, where it is ours to remove."""
    if self.cluster is None or not self.uninstalls:
      return
    removed = asb.uninstall(self.NativeConfig(), target=self._Target())
    self.kept = removed['kept']
    for kept in self.kept:
      logging.warning('Left on the cluster: %s', kept)

  def _Create(self):
    """Installs the stack and waits until its pool is ready."""
    self.Install()

  def _Exists(self):
    """Returns whether any of the stack stands that we installed."""
    left = self.kept or (self.delete_start_time and not self.uninstalls)
    if self.cluster is None or left:
      raise NotImplementedError()  # PKB then takes the word of the last call.
    return any(part['owner'] == _OWNER for part in self._Status()['parts'])

  def _IsReady(self):
    """Returns whether the stack serves claims."""
    if self.cluster is None:
      return True
    # A controller that we did not install may run where nobody sees it.
    ignored = () if self.spec.controller.install else ('controller',)
    return all(
        part['ready']
        for part in self._Status()['parts']
        if part['part'] not in ignored
    )

  def _Delete(self):
    """Removes everything from a cluster that stays."""
    if self.uninstalls:
      self.ReleaseClaims()
      self.Uninstall()

  def _DeleteDependencies(self):
    """Removes what a _Create that raised left behind."""
    if not self.created and self.create_start_time:
      self._Delete()

  def GetResourceMetadata(self) -> dict[str, Any]:
    """Returns every value of the configuration, under its dotted name."""
    config = asb.Config(self.NativeConfig()).to_dict()
    return super().GetResourceMetadata() | self._Described(config)

  def GetRunMetadata(self, result: Any) -> dict[str, Any]:
    """Returns the same as it was in a run: what was drawn is in it too."""
    with open(result.out_dir / 'config.yaml') as config:
      ran = yaml.safe_load(config)
    return super().GetResourceMetadata() | self._Described(ran)

  def _Described(self, config):
    unsaid = _UNSAID if self.cluster is None else _UNSAID | {'simulator'}
    metadata = {'target': self.spec.target}
    for section in config.keys() - unsaid:
      metadata.update(_Leaves(config[section], section))
    # Names that PKB's own load generator gives its samples.
    metadata['warmpool_replicas'] = self._Replicas(config['stack'])
    metadata['runtime_class'] = self._RuntimeClass(config['stack'])
    return metadata

  def _Replicas(self, stack):
    default = 0 if self.cluster is not None else _SIMULATED_REPLICAS
    return stack['sandbox_warmpool'].get('replicas', default)

  def _RuntimeClass(self, stack):
    default = None if stack['gvisor'] == 'none' else _RUNTIME_CLASS
    return stack['sandbox_template'].get('runtime_class', default)

  def GetSamples(self) -> list[sample.Sample]:
    """Returns how long the stack took to stand, step by step."""
    samples = super().GetSamples()
    for step in self.steps:
      metadata = self.GetResourceMetadata() | {'step': step['name']}
      samples.append(
          sample.Sample('install_step', step['seconds'], 'seconds', metadata)
      )
    return samples

  def _Status(self):
    return asb.status(self.NativeConfig(), target=self._Target())

  def _ServesClaims(self):
    """Returns whether there can be claims: an uninstall takes their API too."""
    return any(
        part['name'].startswith('sandboxclaims.') and part['owner']
        for part in self._Status()['parts']
    )

  def _Target(self):
    if self.cluster is None:
      return None
    if self.spec.target == 'existing':
      return asb.Cluster(
          context=self.spec.context, kubeconfig=self.spec.kubeconfig
      )
    return asb.Cluster(kubeconfig=FLAGS.kubeconfig)

  def _Measure(self, measure, load=()):
    config = self.NativeConfig()
    config['load'].update(load)
    config['output']['dir'] = self._NewRunFolder()
    # What is beyond the core's guard rails was written down, hence meant.
    return measure(config, target=self._Target(), yes=True)

  def _RunFolder(self, number):
    return vm_util.PrependTempDir(f'{self.owner}-run{number}')

  def _NewRunFolder(self):
    folders = map(self._RunFolder, itertools.count())
    return next(path for path in folders if not os.path.exists(path))


def _Leaves(value, name):
  """Yields what a value consists of, each under its dotted name."""
  if isinstance(value, dict) and value:
    for key, item in value.items():
      yield from _Leaves(item, f'{name}.{key}')
    return
  # PKB groups samples by their metadata, which must therefore be hashable.
  plain = isinstance(value, (bool, int, float, str))
  yield name, value if plain else json.dumps(value)
