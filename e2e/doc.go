// Package e2e proves launchready on portals that its authors did not write: PocketBase, a JSON API that
// decides access by rules, and Radicale, a calendar and contact server without any API description.
//
// It is a module of its own, so that those portals never become dependencies of launchready. Each test
// starts a real server on loopback, seeds it through the server's own API, and runs the launchready binary
// built from the tree around this folder, as a user would. There is no code here but tests.
package e2e
