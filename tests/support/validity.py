"""Wider gates of validity, for runs that are tested for something else.

Tests run side by side, and a generator that shares its cores is late and stands still now and then: that makes a run
invalid, and says nothing about what is tested. Whoever does not ask for exit 0 or for `valid` needs none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.bench import sets

if TYPE_CHECKING:  # the tests of the package run beside the wheel, not with it installed
    from agent_sandbox_bench.typed import ValidityConfig

SHARED: ValidityConfig = {
    "max_error": "99%",
    "max_schedule_lag_p99": "5s",
    "min_achieved_ratio": 0.5,
    "max_upper_bound_share": 0.5,
}
PAUSED: ValidityConfig = {
    "max_error": "99%",
    "max_schedule_lag_p99": "60s",
    "min_achieved_ratio": 0.0,
    "max_upper_bound_share": 1.0,
}

# For runs of a second or more: a generator that is late throughout, or a blind watch, still makes them invalid.
SHARED_MACHINE = tuple(sets({"validity": SHARED}))
# For a handful of claims, or a burst.
ONE_PAUSE_HITS_ALL = tuple(sets({"validity": PAUSED}))
