package verdict

import "slices"

// RowTitle names a row of the scorecard.
type RowTitle struct{ ID, Title string }

// Rows lists the whole scorecard in report order.
func Rows() []RowTitle {
	return []RowTitle{
		{"authn", "Authentication"},
		{"authz", "Authorization"},
		{"session", "Session security"},
		{"secrets", "Secrets handling"},
		{"input", "Input validation"},
		{"ratelimit", "Rate limiting"},
		{"cors", "CORS policy"},
		{"hygiene", "Logging hygiene"},
		{"email", "Email authentication"},
		{"monitoring", "Monitoring and alerts"},
		{"latency", "Latency"},
		{"edge", "Edge"},
		{"deploy", "Deployment"},
		{"rollback", "Rollback"},
		{"handover", "Handover"},
	}
}

// owed reports the rows that owe every route an answer of its own; the others
// look at the routes that matter to them, or at one of many that are alike.
func owed(row string) bool { return row == "authn" || row == "authz" || row == "input" }

// rowsFor returns the rows a verdict is over: those asked for, else all. A row
// that the scorecard does not know, named by only or by a check, is there as
// well: what was asked for or found must not drop out in silence.
func rowsFor(only []string, named []string) []RowTitle {
	rows := Rows()
	known := func(id string) bool {
		return slices.ContainsFunc(rows, func(r RowTitle) bool { return r.ID == id })
	}
	for _, id := range slices.Concat(only, named) {
		if !known(id) {
			rows = append(rows, RowTitle{id, id})
		}
	}
	if len(only) == 0 {
		return rows
	}
	return slices.DeleteFunc(rows, func(r RowTitle) bool { return !slices.Contains(only, r.ID) })
}
