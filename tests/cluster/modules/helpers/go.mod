module agent-sandbox-bench.test/helpers

go 1.26.0
