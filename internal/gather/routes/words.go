package routes

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// tokens splits a text at everything that is not a letter or digit, and where
// lower case turns to upper: "created-invoices" and "createdInvoices" are both
// created, invoices.
func tokens(s string) []string {
	var out []string
	start, prev := -1, rune(0)
	for i, c := range s {
		word := unicode.IsLetter(c) || unicode.IsDigit(c)
		if start >= 0 && (!word || unicode.IsUpper(c) && unicode.IsLower(prev)) {
			out = append(out, strings.ToLower(s[start:i]))
			start = -1
		}
		if word && start < 0 {
			start = i
		}
		prev = c
	}
	if start >= 0 {
		out = append(out, strings.ToLower(s[start:]))
	}
	return out
}

// changes reports the verbs that say something is done, not shown.
func changes(word string) bool {
	switch word {
	case "create", "reset", "delete", "remove", "drop", "destroy", "purge", "wipe", "clear", "truncate", "flush",
		"change", "update", "set", "unset", "toggle", "enable", "disable", "activate", "deactivate", "suspend",
		"run", "execute", "exec", "trigger", "start", "stop", "restart", "reboot", "shutdown", "kill",
		"send", "resend", "invite", "approve", "reject", "accept", "decline", "confirm", "revoke", "cancel",
		"archive", "unarchive", "restore", "publish", "unpublish", "submit", "logout", "signout",
		"seed", "migrate", "import", "sync", "rebuild", "reindex", "regenerate", "rotate", "init", "initialize", "initialise", "install", "uninstall",
		"subscribe", "unsubscribe", "pay", "charge", "refund", "transfer", "add", "insert", "append", "upload", "register",
		"ban", "unban", "lock", "unlock", "impersonate", "merge", "assign", "unassign", "move", "clone", "duplicate", "mark", "save", "write", "modify", "grant", "promote", "demote":
		return true
	}
	return false
}

// shown reports the nouns that make a verb before them a name: "/change-log",
// "/update-history", "/run-results", "/set-list".
func shown(word string) bool {
	switch word {
	case "log", "logs", "history", "notes", "feed", "list", "result", "results", "status", "report", "reports", "book", "rate", "rates",
		"form", "forms", "template", "templates", "types", "events", "requests", "date", "dates", "time", "price", "prices":
		return true
	}
	return false
}

// named reports the verbs that are as often the end of a name: "/test-run", "/data-set".
func named(word string) bool {
	switch word {
	case "run", "set", "move", "start", "stop", "change", "import", "sync", "accept", "lock", "mark", "transfer", "charge", "register", "init", "add", "write", "clear":
		return true
	}
	return false
}

// reads reports the verbs that begin the name of an operation that only reads.
func reads(word string) bool {
	switch word {
	case "get", "list", "read", "fetch", "show", "find", "search", "index", "view", "retrieve", "count", "export", "download", "describe",
		"query", "lookup", "load", "preview", "is", "has", "can", "browse", "display", "all", "head":
		return true
	}
	return false
}

// glued reports one word that is a verb and what it is done to: "createdb".
func glued(word string) bool {
	for _, verb := range []string{"create", "delete", "drop", "reset", "clear", "remove", "init", "seed", "migrate", "update", "purge"} {
		if rest, ok := strings.CutPrefix(word, verb); ok {
			switch rest {
			case "db", "database", "table", "tables", "all", "user", "users", "data", "cache", "me", "password", "account", "everything", "schema":
				return true
			}
		}
	}
	return false
}

// doing returns the word by which a path segment says that it changes something, or "".
func doing(segment string) string {
	words := tokens(segment)
	for i, w := range words {
		switch {
		case glued(w):
			return w
		case !changes(w):
		case i == 0 && (len(words) == 1 || !shown(words[1])):
			return w
		case i > 0 && i == len(words)-1 && !named(w):
			return w
		}
	}
	return ""
}

// heldBack says why a safe request is not sent by looking alone; "" when it may be.
func heldBack(template, operation string) string {
	path, query, _ := strings.Cut(template, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if strings.Contains(segment, "{") {
			continue
		}
		if w := doing(segment); w != "" {
			return "its path says that it changes something: " + w
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if w := doing(value); w != "" && dispatches(key) {
			return "its query says that it changes something: " + w
		}
	}
	if words := tokens(operation); len(words) > 0 && !slices.ContainsFunc(words[:1], reads) {
		first, last := words[0], words[len(words)-1]
		switch {
		case (changes(first) && (len(words) < 2 || !shown(words[1]))) || glued(first):
			return "its operation's name says that it changes something: " + first
		case changes(last) && !named(last) && !slices.ContainsFunc(words, reads):
			return "its operation's name says that it changes something: " + last
		}
	}
	return ""
}

// dispatches reports the query keys by which one script is many pages.
func dispatches(key string) bool {
	switch strings.ToLower(key) {
	case "action", "act", "do", "op", "cmd", "command", "task", "method", "func", "function", "page", "view", "route", "mod", "module", "controller", "option", "section":
		return true
	}
	return false
}

// prefers reports links that only set how pages look to the session that
// follows them, its language or theme: what one identity is shown after that
// would differ from what another is shown.
func prefers(path string, query url.Values) bool {
	for key := range query {
		if preference(key) {
			return true
		}
	}
	segments := strings.Split(strings.Trim(path, "/"), "/")
	return len(segments) >= 2 && preference(segments[len(segments)-2])
}

func preference(word string) bool {
	switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(word)) {
	case "lang", "language", "locale", "hl", "uilocale", "uilocales", "setlang", "setlanguage", "setlocale", "i18n", "theme", "skin", "settheme":
		return true
	}
	return false
}

// secretive reports names under which credentials travel: their values are never kept.
func secretive(name string) bool {
	n := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
	for _, word := range []string{"password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "authorization", "credential", "signature", "csrf", "xsrf", "sessionid", "otp", "cvv", "cardnumber"} {
		if strings.Contains(n, word) {
			return true
		}
	}
	switch n {
	case "sig", "pwd", "pass", "pin", "code", "state", "nonce", "auth", "jwt", "sid", "phpsessid", "jsessionid", "key":
		return true
	}
	return false
}
