"""Connections that stay open and bring nothing any more."""

from __future__ import annotations

from pathlib import Path

from support.bench import Bench, sets
from support.proxy import Proxy
from support.simulator import serving
from support.waiting import until

CLAIMS = 10
LISTED = "/apis/extensions.agents.x-k8s.io/v1beta1/sandboxclaims"
LEASES = "/apis/coordination.k8s.io/v1/leases"
BURST = {"load.arrivals": "burst", "load.burst": {"size": CLAIMS, "every": "1s"}, "load.total": CLAIMS}
# 5 s of silence, 2 s for a list on an old connection, 1 s in which the watch may bring what the list shows.
NOTICED_S = 8


def test_what_was_ready_is_ready(bench: Bench, tmp_path: Path) -> None:
    with serving(bench, {"simulator.warm_latency": {"median": "4s"}}) as served, Proxy(served.kubeconfig) as proxy:
        out = bench.out()
        target = ("--kubeconfig", proxy.kubeconfig(tmp_path / "proxy.kubeconfig"))
        process = bench.start("run", *target, *sets(BURST), "--ready-timeout", "40s", "--out", out)
        until(lambda: len(served.api.ok("GET", LISTED)["items"]) == CLAIMS, 30, "all claims")
        proxy.forget()
        done = bench.finish(process, out)
        assert served.api.ok("GET", LEASES)["items"] == []
    truth = {line["name"]: line for line in served.lines("name")}
    assert done.code == 3 and "watch_gap" in done.summary["invalid_reasons"], done.stderr
    assert done.summary["outcomes"]["ready"] == CLAIMS
    for claim in done.claims:
        late_ns = done.summary["monotonic_base_ns"] + claim["ready_ns"] - truth[claim["name"]]["ready_sent_ns"]
        assert claim["upper_bound"] and 0 < late_ns < (NOTICED_S + 5) * 1e9
