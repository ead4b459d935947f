// Package badday holds the tests of the days a run must survive: portals that
// are down, throttle, lie or never end, contracts that are broken, and a run
// that is cut off in the middle of a write. They run the real program as its
// users do, for what matters is what is left of a process and of a portal.
package badday
