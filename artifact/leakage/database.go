package leakage

// databases are what databases and their drivers say of a failed statement.
func databases() []sign {
	return []sign{
		one(Database, "SQLSTATE error", `SQLSTATE[\[ (:=]{1,3}\w{5}`, "SQLSTATE"),
		one(Database, "PostgreSQL error", `(relation|column|function|type|schema|table|index|role|database) "[^"\n]+" (of relation "[^"\n]+" )?(does not exist|already exists)|`+
			`syntax error at or near "|syntax error at end of input|unterminated quoted string at|invalid input syntax for (type )?[a-z ]+: "|`+
			`duplicate key value violates unique constraint|violates (foreign key|not-null|check|exclusion) constraint|null value in column "|`+
			`operator does not exist: |value too long for type character|invalid byte sequence for encoding|current transaction is aborted|column reference "[^"\n]+" is ambiguous|out of range for type (integer|bigint|smallint)|`+
			`permission denied for (table|relation|schema|sequence) `,
			`" does not exist`, `" already exists`, "syntax error at", "unterminated quoted", "invalid input syntax for", "duplicate key value", "violates foreign", "violates not-null",
			"violates check", "violates exclusion", "null value in column", "operator does not exist", "value too long for type", "invalid byte sequence for", "current transaction is", "column reference",
			"out of range for type", "permission denied for"),
		one(Database, "PostgreSQL driver error", `\b(pq|psycopg2?|asyncpg|PG::\w+|PSQLException|Npgsql\.\w+|pgx|Postgrex\.Error|pg_query|pg_exec)\b[:( .]`, "pq: ", "psycopg", "asyncpg", "PG::", "PSQLException", "Npgsql.", "Postgrex.Error", "pg_query", "pg_exec"),
		one(Database, "MySQL error", `You have an error in your SQL syntax|Unknown column '[^'\n]+' in '|Table '[^'\n]+' doesn't exist|Duplicate entry '[^'\n]*' for key|Data too long for column '|`+
			`Incorrect \w+ value: '[^'\n]*' for column|Out of range value for column '|Cannot (add|delete) or update a (child|parent) row|Field '[^'\n]+' doesn't have a default value|\bER_[A-Z]{2,}(_[A-Z]+)+\b|Access denied for user '`,
			"You have an error in your SQL", "Unknown column '", "Table '", "Duplicate entry '", "Data too long for column", "Incorrect ", "Out of range value for column", "Cannot add or update", "Cannot delete or update",
			"doesn't have a default value", "ER_", "Access denied for user '"),
		one(Database, "MySQL driver error", `\b(mysqli?_[a-z_]+\(|mysqli_sql_exception|MySQLdb|pymysql\.err|com\.mysql\.|MySqlException|MySqlConnector|Mysql2::Error)`, "mysql_", "mysqli", "MySQLdb", "pymysql.err", "com.mysql.", "MySqlException", "MySqlConnector", "Mysql2::"),
		one(Database, "SQLite error", `near "[^"\n]*": syntax error|\bSQLITE_[A-Z]+\b|sqlite3\.\w+(Error|Warning)|no such (table|column): \w|(UNIQUE|NOT NULL|FOREIGN KEY|CHECK) constraint failed\b|unrecognized token: "|SQLite3::\w+Exception|SQLiteException|database is locked`,
			`": syntax error`, "SQLITE_", "sqlite3.", "no such table: ", "no such column: ", "constraint failed", "unrecognized token: ", "SQLite3::", "SQLiteException", "database is locked"),
		one(Database, "Oracle error", `\b(ORA|PLS|TNS)-\d{5}\b`, "ORA-", "PLS-", "TNS-"),
		one(Database, "SQL Server error", `Incorrect syntax near |Unclosed quotation mark (after|before) the character string|Conversion failed when converting |Invalid (object|column) name '|Violation of (PRIMARY|UNIQUE) KEY constraint|`+
			`String or binary data would be truncated|\[(Microsoft|SQL Server)\]\[|\bSqlException\b|System\.Data\.(SqlClient|OleDb|Odbc)|Microsoft OLE DB Provider|The (INSERT|UPDATE|DELETE) statement conflicted with`,
			"Incorrect syntax near", "Unclosed quotation mark", "Conversion failed when", "Invalid object name", "Invalid column name", "Violation of ", "String or binary data", "][", "SqlException", "System.Data.", "Microsoft OLE DB", "statement conflicted with"),
		one(Database, "MongoDB error", `\bMongo(Server|Network|Bulk\w*|Write\w*|Runtime|Parse|InvalidArgument)?(Error|Exception)\b|E11000 duplicate key|Cast to (ObjectId|Number|Date|Boolean|Embedded|string|\[?\w+\]?) failed for value|BSON(Type)?Error|`+
			`must be a (single )?[Ss]tring of 12 bytes|pymongo\.errors|bson\.errors|Mongo::Error|unknown (top level )?operator: \$`,
			"Mongo", "E11000", "Cast to ", "BSON", "of 12 bytes", "pymongo.errors", "bson.errors", "operator: $"),
		one(Database, "Prisma error", `PrismaClient\w+Error|Invalid `+"`"+`prisma\.\w+\.\w+\(\)`+"`"+` invocation|\bprisma:error\b`, "PrismaClient", "`prisma.", "prisma:error"),
		one(Database, "database library error", `\bSequelize\w*(Error|Exception)\b|\b(QueryFailedError|EntityNotFoundError|EntityMetadataNotFoundError)\b|sqlalchemy\.(exc|orm)\b|sqlalche\.me/e/|org\.hibernate\.|org\.(springframework\.(dao|jdbc)|postgresql|jooq)\.|`+
			`could not (execute (statement|query|batch)|extract ResultSet|prepare statement)|Doctrine\\\\?(DBAL|ORM)|An exception occurred while executing|Illuminate\\+Database|PDOException|ActiveRecord::[A-Z]\w+|django\.db\.|\bEcto\.\w+Error|`+
			`Microsoft\.EntityFrameworkCore|DbUpdateException|com\.zaxxer\.hikari|\bgorm\.\w*Err|sql: (no rows in result set|expected \d+ arguments|Scan error|converting argument)|\bReplyError: |WRONGTYPE Operation|search_phase_execution_exception|\bJDBC(Connection|)Exception\b|DatabaseError:|OperationalError|ProgrammingError|IntegrityError`,
			"Sequelize", "QueryFailedError", "EntityNotFoundError", "EntityMetadata", "sqlalchemy.", "sqlalche.me", "org.hibernate.", "org.springframework.dao", "org.springframework.jdbc", "org.postgresql.", "org.jooq.",
			"could not execute", "could not extract", "could not prepare", `Doctrine\`, "An exception occurred while", `Illuminate\`, "PDOException", "ActiveRecord::", "django.db.", "Ecto.", "Microsoft.EntityFrameworkCore",
			"DbUpdateException", "com.zaxxer.hikari", "gorm.", "sql: no rows", "sql: expected", "sql: Scan", "sql: converting", "ReplyError: ", "WRONGTYPE Operation", "search_phase_execution", "JDBC", "DatabaseError:", "OperationalError", "ProgrammingError", "IntegrityError"),
		one(Database, "SQL statement", `\b(SELECT|select)\s[^\n;]+\s(FROM|from)\s+["`+"`"+`\[]?\w+["`+"`"+`\]]?[\s\S]*\b((WHERE|where|ON|on)\b[\s\S]*(=|<|>|\$\d|\?|\b(IN|in)\s*\(|\b(LIKE|like)\s+['"$?:])|(LIMIT|limit)\s+[\d$?:])|\b(INSERT INTO|insert into)\s+["`+"`"+`\[]?\w+["`+"`"+`\]]?\s*\([^)\n]+\)\s*(VALUES|values)|`+
			`\b(UPDATE|update)\s+["`+"`"+`\[]?\w+["`+"`"+`\]]?\s+(SET|set)\s+["`+"`"+`\[]?\w+["`+"`"+`\]]?\s*=|\b(DELETE FROM|delete from)\s+["`+"`"+`\[]?\w+["`+"`"+`\]]?\s+(WHERE|where)\b[^\n]*[=<>]`,
			"SELECT ", "select ", "INSERT INTO", "insert into", "UPDATE ", "update ", "DELETE FROM", "delete from"),
	}
}
