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
"""Runs PKB with the agent sandbox benchmarks: `pkb.py`, and what it lacks."""

import sys

from absl import app
from absl import logging
from agent_sandbox_bench.pkb import registration
from perfkitbenchmarker import errors
from perfkitbenchmarker import pkb


def Main(argv: list[str]) -> int:
  """Runs PKB; a config that cannot be used is one line, and exit code 1."""
  try:
    return pkb.Main(argv)
  except (
      errors.Config.InvalidValue,
      errors.Config.MissingOption,
      errors.Config.ParseError,
      errors.Config.UnrecognizedOption,
  ) as e:
    logging.error(e)
    return 1


if __name__ == '__main__':
  registration.Register()
  sys.exit(app.run(Main, flags_parser=pkb.ParseArgs))
