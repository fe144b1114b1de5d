//! What stands below the options in a command's help: examples, exit codes, and the page to read.

pub(super) const RUN: &str = "\
Examples:
  agent-sandbox-bench run --rate 50 --duration 30s
  agent-sandbox-bench run --preset burst-300 --slo 'time_to_ready.p99<500ms'
  agent-sandbox-bench run --context kind-kind --rate 20 --out results
  agent-sandbox-bench run -f run.yaml --set workload.hold=1s --output json

Exit codes:
  0    done, valid, every objective met
  1    failed while running
  2    bad input, nothing was touched
  3    INVALID: not a measurement of the cluster
  4    an objective was missed
  6    preflight: the cluster cannot carry this run
  130  interrupted: cleaned up, results written

Docs: docs/measuring.md (what is measured), docs/config.md (all fields)";

pub(super) const SEARCH: &str = "\
Examples:
  agent-sandbox-bench search --slo 'time_to_ready.p99<500ms'
  agent-sandbox-bench search --context kind-kind --max-rate 200 \\
      --slo 'time_to_ready.p99<1s' 'outcomes.failed==0'

Exit codes:
  0    a rate meets the objectives
  1    failed while running
  2    bad input, nothing was touched
  3    the generator could not send the first rate
  4    no rate meets the objectives
  6    preflight: the cluster cannot carry a step
  130  interrupted: cleaned up, results written

Docs: docs/recipes.md#how-many-claims-per-second-can-my-cluster-take";

pub(super) const COMPARE: &str = "\
Examples:
  agent-sandbox-bench compare results-before results-after
  agent-sandbox-bench compare main branch --margin 3% --require-verdict
  agent-sandbox-bench compare main branch --html compare.html --output json

Exit codes:
  0  no regression
  2  bad input, such as runs of unlike load
  3  a run is INVALID or was interrupted (--force compares anyway)
  5  a regression: NEW is slower beyond chance
  7  cannot tell, with --require-verdict

Docs: docs/recipes.md#is-the-new-release-slower";

pub(super) const AB: &str = "\
Examples:
  agent-sandbox-bench ab --rate 20 --duration 10s --out builds \\
      --base-set simulator.controller.command=./old \\
      --new-set simulator.controller.command=./new
  agent-sandbox-bench ab --base run.yaml --new-set workload.hold=1s --force
  agent-sandbox-bench ab --base run.yaml --calibrate --at-most 10m

Exit codes:
  0    no regression
  1    failed while running
  2    bad input, such as configurations of unlike load (--force runs them)
  3    INVALID: too few pairs of runs are measurements
  5    a regression: the new side is slower beyond chance
  6    preflight: the cluster cannot carry a run
  7    cannot tell within --at-most, with --require-verdict
  130  interrupted: cleaned up, the runs that ended are written

Docs: docs/ab.md";

pub(super) const BASELINE_SET: &str = "\
Examples:
  agent-sandbox-bench baseline set results
  agent-sandbox-bench baseline set release-1.0 --name baselines/kind.json

Exit codes:
  0  written
  1  cannot be written
  2  bad input, such as runs of several configurations
  3  a run is INVALID or was interrupted (--force stores it anyway)

Docs: docs/ci.md#a-baseline-in-the-repository";

pub(super) const BASELINE_CHECK: &str = "\
Examples:
  agent-sandbox-bench baseline check results
  agent-sandbox-bench baseline check new --baseline baselines/kind.json \\
      --require-verdict

Exit codes:
  0  no regression
  2  bad input, such as runs of unlike load
  3  a run is INVALID or was interrupted (--force compares anyway)
  5  a regression: the runs are slower beyond chance
  7  cannot tell, with --require-verdict

Docs: docs/ci.md#a-baseline-in-the-repository";

pub(super) const SWEEP: &str = "\
Examples:
  agent-sandbox-bench sweep --set load.rate=5,10,20 --duration 10s --out rates
  agent-sandbox-bench sweep -f run.yaml --set stack.sandbox_warmpool.replicas=10,50 \\
      --set load.rate=5,10 --figure time_to_ready.p99 --figure warm_fraction

Exit codes:
  0    all points are there, and each is valid
  1    a run failed; the points before it are kept
  2    bad input, or a folder of another sweep; nothing was touched
  3    points are INVALID
  6    the cluster cannot carry a point (--force runs it anyway)
  130  interrupted; the same command with --out goes on

Docs: docs/sweep.md";

pub(super) const HISTORY: &str = "\
Examples:
  agent-sandbox-bench history results
  agent-sandbox-bench history nights --figure time_to_ready.p99 --out site
  agent-sandbox-bench history nights --by cluster --output json

Exit codes:
  0  done, whether there are changes or not
  1  cannot be written
  2  bad input, such as a folder without a run

Docs: docs/history.md";

pub(super) const EXPORT: &str = "\
Examples:
  agent-sandbox-bench export --format bmf results > bmf.json
  agent-sandbox-bench export --format benchstat before > before.txt
  agent-sandbox-bench export --format csv night-* --out nights.csv

Exit codes:
  0  written
  1  cannot be written
  2  bad input, such as a folder without a run
  3  a run is INVALID or was interrupted (--force exports it anyway)

Docs: docs/export.md#for-tools-that-compare-and-draw-trends";

pub(super) const SIMULATE: &str = "\
Examples:
  agent-sandbox-bench simulate --kubeconfig-out sim.kubeconfig
  agent-sandbox-bench simulate --kubeconfig-out sim.kubeconfig \\
      --set 'simulator.faults=[{kind: latency, at: 5s, for: 2s, add: 200ms}]'
  kubectl --kubeconfig sim.kubeconfig get sandboxwarmpools

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  1  cannot serve, or the controller's program ended
  2  bad input

Docs: docs/config.md#simulator";

pub(super) const INSTALL: &str = "\
Examples:
  agent-sandbox-bench install --context kind-kind
  agent-sandbox-bench install --context kind-kind --set stack.gvisor=none
  agent-sandbox-bench config show --rendered    # the manifests, applied nowhere

Exit codes:
  0  installed and ready
  1  failed, or not ready in time
  2  bad input, nothing was touched

Docs: docs/index.md#on-a-cluster, docs/config.md#stack";

pub(super) const STATUS: &str = "\
Examples:
  agent-sandbox-bench status --context kind-kind
  agent-sandbox-bench status --context kind-kind --output json

Exit codes:
  0  all that a run needs is ready
  1  something is wrong or missing
  2  bad input

Docs: docs/troubleshooting.md";

pub(super) const PREFLIGHT: &str = "\
Examples:
  agent-sandbox-bench preflight --context kind-kind --rate 50 --duration 1m
  agent-sandbox-bench preflight --context kind-kind -f run.yaml --output json

Exit codes:
  0  the cluster can carry this run; there may be warnings
  1  the cluster cannot be asked
  2  bad input
  6  blocked: the cluster cannot carry this run

Docs: docs/recipes.md#can-this-cluster-carry-this-run";

pub(super) const CLEANUP: &str = "\
Examples:
  agent-sandbox-bench cleanup --context kind-kind --run-id 5f2kq8zd
  agent-sandbox-bench cleanup --context kind-kind --all-runs --namespace bench

Exit codes:
  0  nothing is left
  1  failed while removing
  2  bad input, nothing was touched

Docs: docs/recipes.md#clean-up-after-a-kill";

pub(super) const REPORT: &str = "\
Examples:
  agent-sandbox-bench report asb-5f2kq8zd
  agent-sandbox-bench report asb-5f2kq8zd --out /tmp/run.html

Exit codes:
  0  written
  1  cannot be written
  2  not the folder of a run

Docs: docs/report.md";
