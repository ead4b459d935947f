package leakage

import "regexp"

// traces are what programs print when they fail.
func traces() []sign {
	return []sign{
		one(Trace, "Python traceback", `Traceback \(most recent call last\)`, "Traceback (most"),
		one(Trace, "Python stack frame", `File "[^"\n]+\.pyc?", line \d+(, in |\b)`, `", line `),
		one(Trace, "Go stack trace", `goroutine \d+ \[[a-z][a-z ,()0-9]*\]:?`, "goroutine "),
		one(Trace, "Go panic", `panic: [^\n]+[\s\S]*\.go:\d+|runtime error: (invalid memory address|index out of range|slice bounds out of range|integer divide by zero)|interface conversion: .+ is .+, not `, "panic: ", "runtime error: ", "interface conversion: "),
		one(Trace, "Go stack frame", `[\w./@-]+\.go:\d+ \+0x[0-9a-f]+`, " +0x"),
		one(Trace, "Java stack frame", `(?m)^\W*at [\w.$<>/@-]+\([\w$.-]+\.(java|kt|scala|groovy|clj):\d+\)|^\W*at (java|javax|jakarta|jdk|sun|org|com|io|net)\.[\w.$<>/]+\((Native Method|Unknown Source)\)|\bat [\w$]+(\.[\w$<>]+){2,}\([\w$]+\.(java|kt|scala):\d+\)`, ".java:", ".kt:", ".scala:", ".groovy:", ".clj:", "(Native Method)", "(Unknown Source)"),
		one(Trace, "Java exception chain", `Caused by: [\w$]+(\.[\w$]+)+(Exception|Error)\b|Exception in thread "`, "Caused by: ", "Exception in thread"),
		one(Trace, "JavaScript stack frame", `(?m)^\W*at [^\n]*?\(?(/|[A-Za-z]:\\|file:|webpack|node:|evalmachine|<anonymous>)[^)\n]*:\d+:\d+\)?|\bat (async )?[\w$.<>\[\] ]+ \((/|[A-Za-z]:\\|file:|webpack|node:)[^)\n]+:\d+:\d+\)`,
			".js:", ".mjs:", ".cjs:", ".jsx:", ".ts:", ".tsx:", ".vue:", ".svelte:", "node:", "webpack", "file://", "evalmachine", "<anonymous>:"),
		one(Trace, ".NET stack trace", `System\.[\w.]+Exception[\s\S]*\bat [^\n]+|\bat [\w.<>`+"`"+`\[\],+|]+\([^)\n]*\) in [^\n]+:line \d+|--- End of (inner exception stack trace|stack trace from previous location)`, "Exception", ":line ", "--- End of "),
		one(Trace, "PHP stack trace", `#\d+ [^\n]+\.php\(\d+\)|Stack trace:\s*(\\n)?#0 |PHP (Fatal|Parse) error:|Uncaught [\w\\]*(Exception|Error)\b[^\n]*\.php`, ".php(", "Stack trace:", "PHP Fatal", "PHP Parse", "Uncaught "),
		one(Trace, "PHP error", `(Fatal error|Parse error|Warning|Notice|Deprecated)(</b>)?: [^\n]+ in (<b>)?[^\n<]+(</b>)? on line (<b>)?\d+`, "Fatal error", "Parse error", "Warning", "Notice", "Deprecated"),
		page(one(Trace, "PHP error", `<b>(Fatal error|Parse error|Warning|Notice|Deprecated)</b>:\s[^\n]+ in <b>[^<\n]+</b> on line <b>\d+</b>`, "<b>Fatal error</b>", "<b>Parse error</b>", "<b>Warning</b>", "<b>Notice</b>", "<b>Deprecated</b>")),
		one(Trace, "Ruby stack frame", "[\\w/.@-]+\\.(rb|erb|haml|ru|rake):\\d+:in [`']", ".rb:", ".erb:", ".haml:", ".ru:", ".rake:"),
		one(Trace, "Rails error", `Action(Controller|View|Dispatch)::[A-Z]\w+|AbstractController::[A-Z]\w+|Sinatra::NotFound|NoMethodError \(|undefined method ['`+"`"+`"][^\n]+ for (nil|an instance of|#<)`, "ActionController::", "ActionView::", "ActionDispatch::", "AbstractController::", "Sinatra::", "NoMethodError", "undefined method"),
		one(Trace, "Rust panic", `thread '[^'\n]+' (\(\d+\) )?panicked at|panicked at [^\n]+\.rs:\d+`, "panicked at"),
		one(Trace, "Elixir stack trace", `\*\* \([A-Z][\w.]+Error\)|\([a-z_]+ \d+\.\d+[\w.-]*\) (lib|src)/[^\n]+\.(ex|erl):\d+: |\bElixir\.[A-Z]\w+(\.\w+)+`, "** (", ".ex:", ".erl:", "Elixir."),
		one(Trace, "Perl error", `\bat /[^\s"]+\.(pl|pm|cgi) line \d+\.`, ".pl line ", ".pm line ", ".cgi line "),
		{class: Trace, name: "stack trace", frame: true, literals: extensions(), pattern: regexp.MustCompile(`[\w/\\.@<>-]+\.(py|rb|php|js|mjs|cjs|jsx|ts|tsx|java|kt|go|rs|exs?|erl|cs|vb|scala|pl|pm|swift|cc|cpp)(:|\(| on line |, line |:line )\d+`)},
	}
}

func extensions() []string {
	var out []string
	for _, e := range []string{"py", "rb", "php", "js", "mjs", "cjs", "jsx", "ts", "tsx", "java", "kt", "go", "rs", "ex", "exs", "erl", "cs", "vb", "scala", "pl", "pm", "swift", "cc", "cpp"} {
		out = append(out, "."+e+":", "."+e+"(", "."+e+" on line", "."+e+", line")
	}
	return out
}

// alarming are words beside which two frames are enough.
var alarming = regexp.MustCompile(`(?i)exception|error|trace|panic|fatal|stack|unhandled|crash`)
