//go:build tools

// Package tools pins the programs that build.py builds from this module.
package tools

import (
	_ "gvisor.dev/gvisor/runsc"
	_ "gvisor.dev/gvisor/shim"
)
