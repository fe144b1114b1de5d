"""agent-sandbox's own end-to-end tests, against the simulator's API server.

python benches/upstream_e2e.py CHECKOUT [--controller FILE]

CHECKOUT is a checkout of agent-sandbox whose test/e2e is to run; Go builds it. With `--controller` that program works
on the simulator, otherwise the model does. Tests that need Chrome, a runtime class, or an image that runs code are left
out. Prints a line for each test, then how many passed; what the tests printed is in `--out`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Tests of the framework itself among them: they need no server.
LEFT_OUT = "Chrome|RuntimeClass|Density|PythonRuntime|MustUpdate|WatchSet"
PACKAGES = {"e2e": "test/e2e", "extensions": "test/e2e/extensions"}
RESULT = re.compile(r"^--- (PASS|FAIL|SKIP): (\S+) \((\S+)\)", re.MULTILINE)


def main() -> int:
    """Runs the tests; returns how many failed."""
    options = parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    options.checkout = options.checkout.resolve()
    with served(options) as kubeconfig:
        if options.controller:
            deploy(options.checkout, kubeconfig)
        results = [result for name in PACKAGES for result in run(options, name, kubeconfig)]
    for result in results:
        print(*result)
    passed = sum(word == "PASS" for word, _, _ in results)
    print(f"{passed} of {len(results)} passed")
    return len(results) - passed


@contextmanager
def served(options: argparse.Namespace) -> Iterator[Path]:
    """The simulator, by the path of its kubeconfig."""
    kubeconfig = options.out / "kubeconfig"
    kubeconfig.unlink(missing_ok=True)
    settings = {"stack.sandbox_warmpool.replicas": 1}
    if options.controller:
        settings |= {
            "simulator.controller.command": options.controller.resolve(),
            "simulator.controller.manifests": options.checkout / "k8s",
        }
    sets = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    process = subprocess.Popen([options.command, "simulate", "--kubeconfig-out", kubeconfig, *sets])
    try:
        while not kubeconfig.exists():
            if process.poll() is not None:
                sys.exit("the simulator ended")
            time.sleep(0.1)
        yield kubeconfig
    finally:
        process.terminate()
        process.wait()


def deploy(checkout: Path, kubeconfig: Path) -> None:
    """Applies the controller's Deployment, which the tests look for. The simulator runs nothing of it."""
    manifests = re.sub(r"ko://\S+", "registry.k8s.io/controller:none", (checkout / "k8s/controller.yaml").read_text())
    command = ["kubectl", "--kubeconfig", str(kubeconfig), "apply", "-f", "-"]
    subprocess.run(command, input=manifests, text=True, check=True, capture_output=True)


def run(options: argparse.Namespace, name: str, kubeconfig: Path) -> list[tuple[str, str, str]]:
    """Builds and runs the tests of a package: result, name and time of each."""
    program, folder = (options.out / f"{name}.test").resolve(), options.checkout / PACKAGES[name]
    build = ["go", "test", "-c", "-o", str(program), "."]
    subprocess.run(build, cwd=folder, check=True)
    environment = {"KUBECONFIG": str(kubeconfig.resolve()), "ARTIFACTS": str((options.out / "artifacts").resolve())}
    words = ["-test.v", "-test.skip", LEFT_OUT, "-test.run", options.only, "-test.timeout", options.timeout]
    done = subprocess.run([program, *words], cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    (options.out / f"{name}.txt").write_text(done.stdout + done.stderr)
    return RESULT.findall(done.stdout)


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, help="of agent-sandbox")
    parser.add_argument("--controller", type=Path, help="a controller's program [default: the model]")
    parser.add_argument("--command", default="agent-sandbox-bench", help="this tool [default: the one on PATH]")
    parser.add_argument("--out", type=Path, default=Path("e2e"), help="folder of what is printed")
    parser.add_argument("--timeout", default="20m", help="of each package [default: %(default)s]")
    parser.add_argument("--only", default=".", help="regular expression of the tests' names [default: all]")
    return parser


if __name__ == "__main__":
    sys.exit(main())
