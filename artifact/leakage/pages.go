package leakage

// pages are debug pages of frameworks and pages for operators.
func pages() []sign {
	return []sign{
		page(one(DebugPage, "Werkzeug debugger", `Werkzeug (powered )?[Dd]ebugger|<title>[^<]*// Werkzeug Debugger|var CONSOLE_MODE = |__debugger__=yes`, "Werkzeug", "CONSOLE_MODE", "__debugger__")),
		page(one(DebugPage, "Django debug page", `You(&#x27;|&#39;|')re seeing this error because you have <code>DEBUG|You(&#x27;|&#39;|')re seeing this error because you have DEBUG|DJANGO_SETTINGS_MODULE|Using the URLconf defined in <code>|<div id="djDebug"`, "re seeing this error because", "DJANGO_SETTINGS", "Using the URLconf defined", "djDebug")),
		page(one(DebugPage, "Laravel debug page", `Whoops, looks like something went wrong|<title>[^<]*Whoops! There was an error|class="Whoops |window\.ignite|facade/ignition|spatie/(laravel-)?ignition|vendor/laravel/framework|Illuminate\\+(Routing|Foundation|Pipeline)`, "Whoops", "window.ignite", "/ignition", "laravel-ignition", "vendor/laravel", `Illuminate\`)),
		page(one(DebugPage, "Symfony debug page", `<title>[^<]*\(\d{3} [^<)]+\)</title>[\s\S]*(sf-|Symfony)|Symfony Exception|class="sf-(toolbar|dump|exception)|/_profiler/[0-9a-f]{6}|id="sfwdt`, "<title>", "Symfony Exception", `"sf-`, "/_profiler/", "sfwdt")),
		page(one(DebugPage, "Rails debug page", `Action Controller: Exception caught|<code>Rails\.root: |Rails\.root: /|Application Trace</a>|id="Application-Trace|data-session-id="[0-9a-f]{32}"[^>]*console`, "Action Controller: Exception", "Rails.root: ", "Application Trace", "Application-Trace", "data-session-id=")),
		page(one(DebugPage, "ASP.NET error page", `Server Error in '[^'\n]+' Application|An unhandled exception (occurred|was generated) (while processing|during the execution)|Microsoft \.NET Framework Version:|<title>Internal Server Error</title>[\s\S]*(stackpage|rawExceptionDetails)`, "Server Error in '", "An unhandled exception", "Microsoft .NET Framework Version", "<title>Internal Server Error")),
		page(one(DebugPage, "Phoenix debug page", `Plug\.Debugger|<title>[^<]* at (GET|POST|PUT|DELETE|PATCH) /[^<]*</title>`, "Plug.Debugger", " at GET /", " at POST /", " at PUT /", " at DELETE /", " at PATCH /")),
		page(one(DebugPage, "development server overlay", `__nextjs_original-stack-frame|nextjs__container_errors|<vite-error-overlay|webpack-dev-server-client-overlay|"err":\{"name":"[^"]+","source":"server"`, "__nextjs_original", "nextjs__container", "vite-error-overlay", "webpack-dev-server-client", `"err":{"name"`)),
		page(one(DebugPage, "Whoops error page", `<title>[^<]*Whoops|class="frames-container|filp/whoops`, "<title>Whoops", "frames-container", "filp/whoops")),
		page(one(DebugPage, "Yii or CakePHP debug page", `<title>[^<]*(yii\\+base\\+|Yii Framework)|cake-(debug|error|stack)|class="cake-error`, `yii\`, "Yii Framework", "cake-debug", "cake-error", "cake-stack")),
		page(one(DebugPage, "PHP information page", `<title>(PHP [\d.]+[^<]*- )?phpinfo\(\)</title>|<h1 class="p">PHP Version `, "phpinfo()", "PHP Version ")),
		one(DebugPage, "Spring error page with a trace", `Whitelabel Error Page[\s\S]*\bat [\w.$]+\(`, "Whitelabel Error Page"),
		low(one(Internal, "Spring's own error page", `Whitelabel Error Page`, "Whitelabel Error Page")),
	}
}

// secrets are credentials, as the redactor leaves them: it names a value by its
// form before it hides it.
func secrets() []sign {
	return []sign{
		always(one(Credential, "address with a password", `[a-zA-Z][\w+.-]+://[^\s/@"'<>]*:\[redacted:[a-z0-9]+:[0-9a-f]{8}\]@`, "]@")),
		always(one(Credential, "private key", "", "[redacted:pem:")),
		always(one(Credential, "access key of a cloud or service", "", "[redacted:cloud:")),
		one(Credential, "password hash", "", "[redacted:bcrypt:", "[redacted:argon2:"),
		always(one(Credential, "connection string with a password", `(?i)\b(server|data source|host|user id|uid|user|username|dbname|database|initial catalog)\s*=\s*[^;\s"'<>]+[;\s][^"'<>\n]*\b(password|pwd)\s*=\s*([^;\s"'<>*]{3,}|\[redacted)`, "assword=", "ASSWORD=", "Pwd=", "pwd=", "PWD=", "assword =")),
	}
}

// internals say something about the inside that helps an attacker a little.
func internals() []sign {
	return []sign{
		low(one(Internal, "parser message", `Unexpected (token|end of JSON input|non-whitespace|string in JSON)|in JSON at position \d+|Expected property name or '\}'|Expecting (value|property name enclosed in double quotes): line \d+|cannot unmarshal \w+ into Go |invalid character '[^\n]{1,6}' (looking for|after|in )|`+
			`The JSON value could not be converted to |com\.fasterxml\.jackson|JsonParseException|Unrecognized token '|JSON\.parse|json_decode|SyntaxError: `,
			"Unexpected token", "Unexpected end of JSON", "Unexpected non-whitespace", "Unexpected string in", "in JSON at position", "Expected property name", "Expecting value", "Expecting property", "cannot unmarshal", "invalid character '",
			"The JSON value could", "com.fasterxml", "JsonParseException", "Unrecognized token '", "JSON.parse", "json_decode", "SyntaxError: ")),
		low(one(Internal, "name of a class inside", `\b([a-z][a-z0-9_]*\.){2,}[A-Z]\w*(Exception|Error)\b|\b([A-Z]\w*\\){2,}[A-Z]\w*(Exception|Error)\b|\bSystem\.[A-Z][\w.]*Exception\b`, "Exception", "Error")),
		low(one(Internal, "message of the runtime", `Cannot read propert(y|ies) ('[^']+' )?of (undefined|null)|is not a function\b|undefined is not an object|Call to (a member function|undefined (method|function)) |Undefined (variable|index|array key|property|offset)|NoneType' object|object has no attribute '|`+
			`Object reference not set to an instance|java\.lang\.\w+|KeyError: '|TypeError: |ReferenceError: |NameError: |AttributeError: |Maximum call stack size`,
			"Cannot read propert", "is not a function", "undefined is not an", "Call to a member", "Call to undefined", "Undefined ", "NoneType' object", "object has no attribute", "Object reference not set", "java.lang.", "KeyError: ", "TypeError: ", "ReferenceError: ", "NameError: ", "AttributeError: ", "Maximum call stack")),
		low(one(Internal, "address of a service inside", `\b(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|ECONNRESET) [\w.:-]+|getaddrinfo \w+ [\w.-]+|dial tcp [^\n"]+|Connection refused[^\n"]*:\d+|upstream connect error|Could not resolve host: [\w.-]+|could not translate host name "`,
			"ECONNREFUSED ", "ENOTFOUND ", "ETIMEDOUT ", "EHOSTUNREACH ", "ECONNRESET ", "getaddrinfo ", "dial tcp ", "Connection refused", "upstream connect error", "Could not resolve host", "could not translate host")),
		low(one(Internal, "private address", `(^|[^\d.\w])(10\.\d{1,3}|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}($|[^\d.\w])`, "10.", "192.168.", "172.")),
		low(one(Internal, "path on the server", `(^|[\s"'(\[:=,>])(/(home|root|Users)/[\w.-]+/[\w./-]{2,}|/var/(www|app|task|lib|runtime)/[\w./-]{2,}|/(app|srv|opt|code|workspace|usr/src|usr/local|usr/lib|data|build)/[\w./-]*\.\w{1,5}\b|/(app|srv|opt|usr/src)/(src|lib|dist|node_modules|vendor)/[\w./-]+|[A-Z]:\\+(inetpub|Users|www|app|src|web|sites|Projects|builds?)\\[^\s"'<>]{2,})`,
			"/home/", "/root/", "/Users/", "/var/", "/app/", "/srv/", "/opt/", "/code/", "/workspace/", "/usr/", "/data/", "/build/", `:\`)),
		low(one(Internal, "name of a source file", `\b[\w-]+\.(py|rb|php|go|rs|java|kt|cs|exs?|tsx?|jsx?):\d+\b`, ".py:", ".rb:", ".php:", ".go:", ".rs:", ".java:", ".kt:", ".cs:", ".ex:", ".exs:", ".ts:", ".tsx:", ".js:", ".jsx:")),
	}
}

// inErrors is every signature of a text; inAnswers leaves out what is said in
// errors alone.
var (
	inErrors  = tableOf(traces(), databases(), pages(), secrets(), internals())
	inAnswers = tableOf(traces(), databases(), pages(), secrets())
)
