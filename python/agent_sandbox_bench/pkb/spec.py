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
"""The agent_sandbox block of a benchmark's config.

The keys of the core's `stack` stand at the top of the block, its other sections
under their own names, beside the few keys that say which cluster is meant.
"""

import contextlib
import copy
from typing import Any, Sequence

import agent_sandbox_bench as asb
from agent_sandbox_bench.pkb import base
from agent_sandbox_bench.pkb import flags
from agent_sandbox_bench.pkb import schema
from perfkitbenchmarker import errors
from perfkitbenchmarker.configs import benchmark_config_spec
from perfkitbenchmarker.configs import option_decoders
from perfkitbenchmarker.configs import spec

_NONE_OK = {'default': None, 'none_ok': True}

# Sections that the plugin fills in itself.
_WITHHELD = frozenset(['stack', 'run_id'])

# The names of PKB's own load generator, and what they mean here.
_ALIASES = {
    'load.qps': 'load.rate',
    'load.max_concurrent': 'load.max_in_flight',
    'load.workload_duration': 'workload.hold',
}

# The label by which PKB marks the nodes of a pool, and PKB's key for the pool
# that carries sandboxes.
NODEPOOL_LABEL = 'pkb_nodepool'
_NODEPOOL_KEY = 'sandbox_nodepool'

# How long PKB's load generator sends where nothing else says how long.
_DURATION = '60s'
_SAYS_HOW_LONG = frozenset(
    ['duration', 'total', 'steps', 'trace', 'phases', 'until']
)


class ControllerSpec(schema.NativeSpec):
  """The controller's Deployment."""

  DEFINITION = 'Controller'


class SandboxTemplateSpec(schema.NativeSpec):
  """The SandboxTemplate."""

  DEFINITION = 'SandboxTemplate'


class SandboxWarmPoolSpec(schema.NativeSpec):
  """The SandboxWarmPool."""

  DEFINITION = 'SandboxWarmPool'


class LoadSpec(schema.NativeSpec):
  """The claims and when they are sent."""

  DEFINITION = 'Load'


class WorkloadSpec(schema.NativeSpec):
  """What a sandbox does before it is released."""

  DEFINITION = 'Workload'


class SearchSpec(schema.NativeSpec):
  """How the highest rate is searched."""

  DEFINITION = 'Search'


class ValiditySpec(schema.NativeSpec):
  """The tolerances beyond which a run is not a measurement."""

  DEFINITION = 'Validity'


class OutputSpec(schema.NativeSpec):
  """What is written of a run, and what it is called by."""

  DEFINITION = 'Output'
  WITHHELD = frozenset(['dir'])


_BLOCKS = {
    block.DEFINITION: block
    for block in (
        ControllerSpec,
        SandboxTemplateSpec,
        SandboxWarmPoolSpec,
        LoadSpec,
        WorkloadSpec,
        SearchSpec,
        ValiditySpec,
        OutputSpec,
    )
}
_STACK = schema.Properties('Stack')
_SECTIONS = {
    name: field
    for name, field in schema.Properties().items()
    if name not in _WITHHELD
}


class K8sAgentSandboxConfigSpec(base.BaseAgentSandboxConfigSpec):
  """Config of the kubernetes-sigs/agent-sandbox stack and of the load on it.

  Attributes:
    target: 'cloud' (a cluster that PKB makes), 'existing' (one that stands) or
      'simulator'.
    kubeconfig: Kubeconfig of an existing cluster.
    context: Its context; the kubeconfig's current one when absent.
    uninstall_on_delete: Whether the stack is removed in the end. Default: only
      from a cluster that PKB does not delete.
    fail_on_invalid: Whether Run fails when the run is not a measurement.
    configured: What was configured, without defaults.
  """

  SANDBOX_TYPE = base.DEFAULT_SANDBOX_TYPE

  target: str
  kubeconfig: str | None
  context: str | None
  uninstall_on_delete: bool | None
  fail_on_invalid: bool
  configured: dict[str, Any]

  def __init__(self, component_full_name, flag_values=None, **kwargs):
    self.component = component_full_name
    kwargs = Resolved(kwargs, component_full_name)
    super().__init__(component_full_name, flag_values=flag_values, **kwargs)
    self._CheckCluster()
    self._Validate()

  @classmethod
  def _GetOptionDecoderConstructions(cls):
    """Gets a decoder for each key of the block."""
    result = super()._GetOptionDecoderConstructions()
    result.update(schema.Decoders(_STACK | _SECTIONS, _BLOCKS))
    result.update({
        'target': (
            option_decoders.EnumDecoder,
            {'default': 'cloud', 'valid_values': flags.TARGETS},
        ),
        'kubeconfig': (option_decoders.StringDecoder, _NONE_OK),
        'context': (option_decoders.StringDecoder, _NONE_OK),
        'uninstall_on_delete': (option_decoders.BooleanDecoder, _NONE_OK),
        'fail_on_invalid': (option_decoders.BooleanDecoder, {'default': False}),
    })
    return result

  @classmethod
  def _ApplyFlags(cls, config_values, flag_values):
    """Lets the flags that were given override the config."""
    super()._ApplyFlags(config_values, flag_values)
    config_values.update(WithFlags(config_values, flag_values))

  def _DecodeAndInit(self, component_full_name, config, decoders, flag_values):
    """Adds PKB's defaults before the options are decoded."""
    self.configured = copy.deepcopy(config)
    _AddDefaults(config)
    super()._DecodeAndInit(component_full_name, config, decoders, flag_values)

  def ToNative(self) -> dict[str, Any]:
    """Returns the configuration as the core reads it."""
    result = schema.ToNative(self, _SECTIONS)
    result['stack'] = schema.ToNative(self, _STACK)
    return result

  def RehearseInstall(self) -> None:
    """Installs on a simulator: what cannot be had or rendered shows there.

    Raises:
      errors.Config.InvalidValue: The stack cannot be installed anywhere.
    """
    if not self.controller.install:
      return
    stack = self.ToNative()['stack']
    # A simulator has neither these nodes nor their runtime.
    stack.pop('nodes', None)
    stack['sandbox_template'].pop('runtime_class', None)
    stack |= {'gvisor': 'none', 'sandbox_warmpool': {'replicas': 0}}
    with self._OwnWords():
      asb.install({'stack': stack})

  def CheckObjects(self, objects: Sequence[str]) -> None:
    """Checks that each object can have this load.

    Args:
      objects: Values of load.object.

    Raises:
      errors.Config.InvalidValue: One cannot; or the config names one itself.
    """
    told = (self.configured.get('load') or {}).get('object')
    if told is not None:
      raise errors.Config.InvalidValue(
          f'Invalid {self.component}.load.object: got {told}, allowed: nothing,'
          f' as all of {", ".join(objects)} are compared.'
      )
    for name in objects:
      self._Validate(object=name)

  def _Validate(self, **load):
    """Lets the core judge the whole, in the names of this block."""
    config = self.ToNative()
    config['load'].update(load)
    with self._OwnWords():
      asb.Config(config).check_run()

  @contextlib.contextmanager
  def _OwnWords(self):
    """Raises what the core refuses as PKB does."""
    try:
      yield
    except asb.ConfigError as e:
      raise errors.Config.InvalidValue(self._InOwnWords(e)) from None
    except asb.StackError as e:
      raise errors.Config.InvalidValue(f'{self.component}: {e}') from None

  def _InOwnWords(self, error):
    """Names the field that the core refused as it is named in this block."""
    field = error.field.removeprefix('stack.')
    flag = next((name for name, of in flags.FIELDS.items() if of == field), '')
    flag = flag and f' (--{flag})'
    message = str(error).removeprefix(f'{error.field}: ')
    return f'Invalid {self.component}.{field}{flag}: {message}'

  def _CheckCluster(self):
    if self.target == 'existing' and not (self.kubeconfig or self.context):
      raise errors.Config.MissingOption(
          f'Missing {self.component}.context: target existing needs a context,'
          ' a kubeconfig, or both; no cluster is touched that is not named.'
      )


class AgentSandboxDecoder(option_decoders.TypeVerifier):
  """Decodes the agent_sandbox block into the spec of its type."""

  def __init__(self, **kwargs):
    super().__init__((dict,), **kwargs)

  def Decode(self, value, component_full_name, flag_values):
    """Returns the spec; a type that nothing is registered for is an error."""
    super().Decode(value, component_full_name, flag_values)
    known = _KnownTypes()
    name = self._GetOptionFullName(component_full_name)
    sandbox_type = value.get('type', base.DEFAULT_SANDBOX_TYPE)
    if sandbox_type not in known:
      raise errors.Config.InvalidValue(
          f'Invalid {name}.type value: "{sandbox_type}". Value must be one of'
          f' the following: {", ".join(known)}.'
      )
    spec_class = spec.GetSpecClass(
        base.BaseAgentSandboxConfigSpec, SANDBOX_TYPE=sandbox_type
    )
    return spec_class(name, flag_values=flag_values, **value)


class AgentSandboxBenchmarkConfigSpec(
    benchmark_config_spec.BenchmarkConfigSpec
):
  """A benchmark's config with an agent_sandbox block."""

  @classmethod
  def _GetOptionDecoderConstructions(cls):
    """Adds the block, also to checkouts of PKB that have none."""
    result = super()._GetOptionDecoderConstructions()
    result['agent_sandbox'] = (
        AgentSandboxDecoder,
        {'default': None, 'none_ok': True},
    )
    return result


def WithFlags(config: dict[str, Any], flag_values: Any) -> dict[str, Any]:
  """Returns an agent_sandbox block with the flags that were given."""
  config = copy.deepcopy(config)
  for field, value in flags.Present(flag_values).items():
    _Set(config, field, value)
  if 'kubeconfig' in flag_values and flag_values['kubeconfig'].present:
    config.setdefault('kubeconfig', flag_values['kubeconfig'].value)
  return config


def Resolved(config: dict[str, Any], component: str) -> dict[str, Any]:
  """Returns an agent_sandbox block in the core's names, without empty keys.

  Args:
    config: The block, which may use the names of PKB's load generator.
    component: The block's full name, for errors.
  """
  config = copy.deepcopy(
      {key: item for key, item in config.items() if item is not None}
  )
  _ResolveNodepool(config, component)
  for alias, field in _ALIASES.items():
    block, name = alias.split('.')
    values = config.get(block)
    if not isinstance(values, dict) or name not in values:
      continue
    value = values.pop(name)
    to_block, to_name = field.split('.')
    if to_name in config.get(to_block, {}):
      raise errors.Config.InvalidValue(
          f'Invalid {component}.{alias}: it is another name of {field}, which'
          ' is set too; allowed: one of the two.'
      )
    _Set(config, field, value)
  return config


def _ResolveNodepool(config, component):
  """Says by the label of PKB's node pools which nodes carry sandboxes."""
  pool = config.pop(_NODEPOOL_KEY, None)
  if pool is None:
    return
  if config.get('nodes'):
    raise errors.Config.InvalidValue(
        f'Invalid {component}.{_NODEPOOL_KEY}: it is another name of'
        ' nodes.selector, and nodes is set too; allowed: one of the two.'
    )
  config['nodes'] = {'selector': f'{NODEPOOL_LABEL}={pool}'}


def _KnownTypes():
  # The registry has no public way to ask what it holds.
  name = base.BaseAgentSandboxConfigSpec.SPEC_TYPE
  registry = spec._SPEC_REGISTRY  # pylint: disable=protected-access
  keys = [dict(key[1:]) for key in registry if key[0] == name]
  return sorted(key['SANDBOX_TYPE'] for key in keys)


def _Set(config, field, value):
  *blocks, name = field.split('.')
  for block in blocks:
    config = config.setdefault(block, {})
  config[name] = value


def _AddDefaults(config):
  load = config.setdefault('load', {})
  if not isinstance(load, dict):
    return
  told = (field for field, value in load.items() if value is not None)
  if _SAYS_HOW_LONG.isdisjoint(told):
    load['duration'] = _DURATION
  if isinstance(config.get('namespace'), str):
    load.setdefault('namespace', config['namespace'])
