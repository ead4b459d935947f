package checks

import (
	"testing"

	"github.com/launchready/launchready/check/checktest"
)

// TestSuite runs every check over its cases and holds it to the three-outcome rule.
func TestSuite(t *testing.T) {
	t.Parallel()
	checktest.RunSuite(t, Suite(), ".")
}
