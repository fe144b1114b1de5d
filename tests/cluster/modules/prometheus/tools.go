//go:build tools

// Package tools pins the programs that build.py builds from this module.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
