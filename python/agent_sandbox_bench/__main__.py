"""``python -m agent_sandbox_bench``."""

import sys

from agent_sandbox_bench._command import main

if __name__ == "__main__":
    sys.exit(main())
