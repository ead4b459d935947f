package lifecycle

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

func (s *studies) revocations(ctx context.Context, t *gather.Tools) []artifact.Revocation { return nil }
