package gather

import "context"

// Batch collects asks together with what becomes of their answers, so that
// many small questions share one pair of alive probes.
type Batch struct {
	asks []Ask
	then []func(Answered)
}

// Add puts one ask into the batch; then is called with its answer by Send.
func (b *Batch) Add(a Ask, then func(Answered)) {
	b.asks = append(b.asks, a)
	b.then = append(b.then, then)
}

// Len returns how many asks wait.
func (b *Batch) Len() int { return len(b.asks) }

// Send asks everything collected, in order, hands each answer on, and empties the batch.
func (b *Batch) Send(ctx context.Context, t *Tools) {
	for i, got := range t.Ask(ctx, b.asks...) {
		b.then[i](got)
	}
	b.asks, b.then = nil, nil
}
