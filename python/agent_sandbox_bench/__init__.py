"""Measures how fast kubernetes-sigs/agent-sandbox serves sandbox claims.

    import agent_sandbox_bench as asb

    result = asb.run({"load": {"rate": 50, "duration": "10s"}})  # on the embedded simulator
    print(result.figures("time_to_ready")["p99"])

A cluster is touched only where it is named: ``asb.run(config, target=asb.Cluster(context="kind-kind"))``.
"""

TYPE_CHECKING = False  # as typing's, which is slow to import

if TYPE_CHECKING:
    from agent_sandbox_bench._api import *  # noqa: F403 - its __all__ says what
    from agent_sandbox_bench._api import __all__ as __all__
else:

    def __getattr__(name: str) -> object:
        """Loads `_api` at the first use of it: the command uses none of it and starts without."""
        if name == "__all__" or not name.startswith("_"):
            from agent_sandbox_bench import _api

            if name in {"__all__", *_api.__all__}:
                return globals().setdefault(name, getattr(_api, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        """The public names, loaded or not."""
        return sorted({*globals(), *__getattr__("__all__")})
