package lab

import "testing"

func TestStarts(t *testing.T) {
	w, err := Start(t.Context(), Config{Flaws: nil})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	t.Log(string(w.PortalYAML()), w.Digest())
}
