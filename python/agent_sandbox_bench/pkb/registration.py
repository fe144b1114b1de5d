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
"""Makes the agent sandbox benchmarks known to a PKB checkout."""

import importlib
import pkgutil
import sys
from types import ModuleType

_PKB_PACKAGE = 'perfkitbenchmarker.linux_benchmarks'
_PACKAGE = 'agent_sandbox_bench.pkb.benchmarks'


def Register() -> None:
  """Puts the benchmarks beside PKB's own, in place of those of their names."""
  package = importlib.import_module(_PKB_PACKAGE)
  if hasattr(package, 'VALID_BENCHMARKS'):
    _Add(package)
  else:
    _Join(package)


def _Modules() -> dict[str, ModuleType]:
  """Returns the benchmark modules, by the name of their file."""
  package = importlib.import_module(_PACKAGE)
  return {
      name: importlib.import_module(f'{_PACKAGE}.{name}')
      for _, name, _ in pkgutil.iter_modules(package.__path__)
  }


def _Add(package: ModuleType) -> None:
  """Adds the benchmarks to a package that is loaded."""
  for module in _Modules().values():
    known = package.VALID_BENCHMARKS.get(module.BENCHMARK_NAME)
    if known in package.BENCHMARKS:
      package.BENCHMARKS.remove(known)
    package.BENCHMARKS.append(module)
    package.VALID_BENCHMARKS[module.BENCHMARK_NAME] = module


def _Join(package: ModuleType) -> None:
  """Adds the benchmarks to a package that is loading its modules.

  The package imports every module that it finds on its path, one after another.
  On the longer path it finds the benchmarks' files as well. Under their names
  it gets the modules that are imported already, even when it has a file of that
  name itself.

  Args:
    package: PKB's package of benchmarks.
  """
  modules = _Modules()
  for name, module in modules.items():
    sys.modules[f'{_PKB_PACKAGE}.{name}'] = module
  package.__path__.extend(sys.modules[_PACKAGE].__path__)
