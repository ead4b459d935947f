// Command suitegen writes checks/suite.go, the list of every check in report
// order, from the folders under checks/. It is run by `make generate`, and with
// -check by `make check`, which fails when the file is not current.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// suitePath is the generated file, relative to the module's root.
const suitePath = "checks/suite.go"

func main() {
	root := flag.String("root", ".", "the module's root `folder`")
	check := flag.Bool("check", false, "write nothing; fail when "+suitePath+" is not current")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintf(os.Stderr, "suitegen: %v\n", err)
		os.Exit(1)
	}
}

// errStale is returned by run when the file on disk is not what it would write.
var errStale = errors.New(suitePath + " is not current: run `make generate`")

// run writes the suite file of the module at root, or compares it when check is true.
func run(root string, check bool) error {
	folders, err := find(filepath.Join(root, "checks"))
	if err != nil {
		return fmt.Errorf("find checks: %w", err)
	}
	want, err := render(folders)
	if err != nil {
		return fmt.Errorf("render %s: %w", suitePath, err)
	}
	path := filepath.Join(root, suitePath)
	got, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err == nil && bytes.Equal(got, want) {
		return nil
	}
	if check {
		return errStale
	}
	return os.WriteFile(path, want, 0o644)
}
