// Package checks lists every check of the scorecard. Each one lives in a folder
// of its own, checks/<row>/<check>; suite.go gathers them in report order and is
// generated, so that adding a check is adding a folder. The engine takes the
// list as an argument: nothing below this package knows which checks exist.
package checks

//go:generate go run ../internal/suitegen -root ..
