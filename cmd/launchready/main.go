// Command launchready answers one question about a client portal: is it ready to launch?
package main

import (
	"os"

	"github.com/launchready/launchready/internal/cli"
)

func main() { os.Exit(cli.Main()) }
