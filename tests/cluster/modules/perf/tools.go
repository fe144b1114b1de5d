//go:build tools

// Package tools pins the programs that build.py builds from this module.
package tools

import (
	_ "golang.org/x/perf/cmd/benchstat"
)
