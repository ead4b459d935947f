package wire

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"github.com/launchready/launchready/portal"
)

// AgentFrom is Agent whose connections leave from another address of this
// machine, as a second client's would. Only what Sources allows is used: every
// request from another address fails with ErrScope.
func (c *Client) AgentFrom(who string, from netip.Addr) *Agent {
	a := c.Agent(who)
	if from.IsValid() {
		dial := func(ctx context.Context, _, addr string) (net.Conn, error) { return c.dialFrom(ctx, from, addr) }
		a.both.DialContext, a.one.DialContext = dial, dial
	}
	return a
}

// mayLeave returns why a connection may not leave from an address, or nil.
func (c *Client) mayLeave(from netip.Addr) error {
	if !from.IsValid() || from.IsLoopback() && OnLoopback(c.config.Target) || slices.Contains(c.config.Target.Egress, from.String()) {
		return nil
	}
	return fmt.Errorf("%w: %s is no source address of this audit", ErrScope, from)
}

// mostSources bounds the addresses of Sources: more than any burst needs.
const mostSources = 250

// Sources returns the addresses that connections to a target may leave from
// beside the usual one: those of portal.yaml, and on loopback the addresses of
// 127.0.0.0/8, each of which is a client of its own to the portal.
func Sources(t *portal.Target) []netip.Addr {
	var out []netip.Addr
	for _, text := range t.Egress {
		if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, a)
		}
	}
	if !OnLoopback(t) || onlyIPv6(t) {
		return out
	}
	for i := range mostSources {
		out = append(out, netip.AddrFrom4([4]byte{127, 0, 7, byte(i + 2)}))
	}
	return out
}

// OnLoopback reports whether a target runs on this machine.
func OnLoopback(t *portal.Target) bool { return onLoopback(t) }

// onlyIPv6 reports a target by the one loopback address that IPv6 has.
func onlyIPv6(t *portal.Target) bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.Is6() && !a.Is4In6()
}
