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
"""PKB specs built from the native core's own JSON Schema.

The fields of a block, their defaults and their types are read from the schema,
so a field that the core gains is a PKB option without a line here. What a value
may be is left to the core, which validates the whole at the end.
"""

import math
from typing import Any

import agent_sandbox_bench as asb
from perfkitbenchmarker import errors
from perfkitbenchmarker.configs import option_decoders
from perfkitbenchmarker.configs import spec

_SCHEMA = asb.config_schema()
_DURATIONS = ('Duration', 'Interval')

# Fields whose text Kubernetes reads as a number.
_QUANTITIES = ('cpu_', 'memory_')


def Properties(definition: str | None = None) -> dict[str, Any]:
  """Returns the fields of a definition, or of the configuration itself."""
  schema = _SCHEMA['$defs'][definition] if definition else _SCHEMA
  return schema['properties']


def DefinitionName(field: dict[str, Any]) -> str | None:
  """Returns the name of the definition that a field refers to, if it does."""
  for choice in (field, *field.get('anyOf', ())):
    if '$ref' in choice:
      return choice['$ref'].rpartition('/')[2]
  return None


def Coerce(field: dict[str, Any], value: Any, path: str) -> Any:
  """Says in the core's words what YAML and flags say in theirs.

  Seconds may be plain numbers, and so may quantities: `cpu_limit: 2`. Other
  texts may not: YAML has made 1.1 of 1.10 by now, and 7 of 007.

  Args:
    field: The field's JSON Schema.
    value: What was configured.
    path: The field's full name, for errors.

  Returns:
    The value as the core reads it; unchanged where nothing is to be changed.

  Raises:
    errors.Config.InvalidValue: The value as YAML reads it fits no field, or is
      a number where the field takes text.
  """
  name = DefinitionName(field)
  if name:
    field = _SCHEMA['$defs'][name]
  if isinstance(value, dict):
    return _CoerceMapping(field, value, path)
  if isinstance(value, list):
    items = field.get('items', {})
    return [Coerce(items, v, f'{path}[{at}]') for at, v in enumerate(value)]
  if value is None or isinstance(value, (bool, str)):
    return value
  if not isinstance(value, (int, float)) or not math.isfinite(value):
    raise _NotAllowed(path, value, 'text in quotes, or a number')
  if name in _DURATIONS:
    return _Seconds(value)
  if 'string' not in field.get('type', ()):
    return value
  if not path.rpartition('.')[2].startswith(_QUANTITIES):
    raise _NotAllowed(path, value, 'text; a number that is text is in quotes')
  return str(value)


def _NotAllowed(path, value, allowed):
  return errors.Config.InvalidValue(
      f'Invalid {path}: got {value}, allowed: {allowed}.'
  )


def _CoerceMapping(field, value, path):
  fields = dict(field.get('properties', {}))
  for kind in field.get('oneOf', ()):
    fields.update(kind.get('properties', {}))
  others = field.get('additionalProperties')
  others = others if isinstance(others, dict) else {}
  return {
      key: Coerce(fields.get(key, others), item, f'{path}.{key}')
      for key, item in value.items()
  }


def _Seconds(value):
  # The core reads no exponents.
  return f'{value:.9f}'.rstrip('0').rstrip('.') + 's'


class NativeDecoder(option_decoders.ConfigOptionDecoder):
  """Decodes one field of the core's configuration."""

  def __init__(self, field: dict[str, Any], **kwargs):
    super().__init__(default=field.get('default'), **kwargs)
    self._field = field

  def Decode(self, value, component_full_name, flag_values):
    """Returns the value as the core reads it."""
    del flag_values
    name = self._GetOptionFullName(component_full_name)
    return Coerce(self._field, value, name)


class BlockDecoder(option_decoders.TypeVerifier):
  """Decodes a block of fields into its spec."""

  def __init__(self, spec_class: type['NativeSpec'], **kwargs):
    super().__init__(
        (dict,), default=lambda: spec_class(spec_class.DEFINITION), **kwargs
    )
    self._spec_class = spec_class

  def Decode(self, value, component_full_name, flag_values):
    """Returns the spec of the block."""
    super().Decode(value, component_full_name, flag_values)
    return self._spec_class(
        self._GetOptionFullName(component_full_name),
        flag_values=flag_values,
        **value,
    )


class NativeSpec(spec.BaseSpec):
  """A block of the core's configuration, one attribute for each field."""

  # Name of the block in the schema.
  DEFINITION: str
  # Fields that the plugin fills in itself.
  WITHHELD: frozenset[str] = frozenset()

  @classmethod
  def _Fields(cls):
    """Gets the fields of the block by name."""
    fields = Properties(cls.DEFINITION)
    return {k: field for k, field in fields.items() if k not in cls.WITHHELD}

  @classmethod
  def _GetOptionDecoderConstructions(cls):
    """Gets a decoder for each field of the block."""
    result = super()._GetOptionDecoderConstructions()
    result.update(Decoders(cls._Fields(), {}))
    return result

  def ToNative(self) -> dict[str, Any]:
    """Returns the block as the core reads it."""
    return ToNative(self, self._Fields())


def Decoders(
    fields: dict[str, Any], blocks: dict[str, type[NativeSpec]]
) -> dict[str, tuple[Any, dict[str, Any]]]:
  """Returns a decoder construction for each field.

  Args:
    fields: Fields by name, with their JSON Schema.
    blocks: The spec of each definition that has one of its own.
  """
  result = {}
  for name, field in fields.items():
    block = blocks.get(DefinitionName(field))
    if block:
      result[name] = BlockDecoder, {'spec_class': block}
    else:
      result[name] = NativeDecoder, {'field': field}
  return result


def ToNative(decoded: spec.BaseSpec, names: Any) -> dict[str, Any]:
  """Returns what is set of the named attributes, blocks as mappings."""
  result = {}
  for name in names:
    value = getattr(decoded, name)
    if isinstance(value, NativeSpec):
      value = value.ToNative()
    if value is not None:
      result[name] = value
  return result
