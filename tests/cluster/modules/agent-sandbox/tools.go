//go:build tools

// Package tools pins the programs that build.py builds from this module.
package tools

import (
	_ "sigs.k8s.io/agent-sandbox/cmd/agent-sandbox-controller"
	_ "sigs.k8s.io/agent-sandbox/test/stress"
)
