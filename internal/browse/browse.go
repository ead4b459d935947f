// Package browse drives a real browser, a system Chromium without a window,
// with a profile of its own that is thrown away. The browser reaches nothing but
// the proxy it is given: scope, budget and recording are the proxy's.
package browse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ErrMissing says that no browser is installed.
var ErrMissing = errors.New("no Chromium is installed")

const (
	// mostTime bounds one browser's life, whatever it is asked to do.
	mostTime = 60 * time.Second
	// stepTime bounds one step.
	stepTime = 15 * time.Second
	// pollTime lies between two looks at a page.
	pollTime = 40 * time.Millisecond
)

// Browser is a running browser with one tab.
type Browser struct {
	Version string // "Chromium 140.0.7339.80"

	tab   context.Context // a browser is a process: its life is one context
	close func()
}

// Open starts a browser that goes out through the proxy at addr alone. Close ends it.
func Open(ctx context.Context, addr string) (*Browser, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "launchready-browser-")
	if err != nil {
		return nil, fmt.Errorf("open browser: %w", err)
	}
	if err := settle(profile); err != nil {
		return nil, fmt.Errorf("open browser: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, mostTime)
	allocator, end := chromedp.NewExecAllocator(ctx, options(path, profile, addr)...)
	tab, shut := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	b := &Browser{tab: tab, close: func() {
		_ = chromedp.Cancel(tab) // waits until the process is gone
		shut()
		end()
		stop()
		_ = os.RemoveAll(profile) // a leftover is in the temporary folder
	}}
	version, err := chromedp.CallBrowser(tab, browser.GetVersion, cdp.Empty{})
	if err == nil { // opens the tab, whose life must not end with a step
		_, product, _ := strings.Cut(version.Product, "/")
		b.Version = "Chromium " + product
		_, err = chromedp.Run(tab, chromedp.Location())
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("open browser: %w", err)
	}
	return b, nil
}

// settle makes a fresh profile behave as a visitor's does: without a window the
// browser keeps cookies from foreign pages, which with one it does not.
func settle(profile string) error {
	folder := filepath.Join(profile, "Default")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	const preferences = `{"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": false}}`
	return os.WriteFile(filepath.Join(folder, "Preferences"), []byte(preferences), 0o600)
}

// find returns the browser's program.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}

// options start the browser quiet: no first run, no updates, no accounts, and
// every request, to this machine too, through the proxy.
func options(path, profile, addr string) []chromedp.ExecAllocatorOption {
	out := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.ProxyServer("http://" + addr),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Flag("ignore-certificate-errors", true), // the proxy's own; it checks the target's
		chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"),
		chromedp.Flag("password-store", "basic"),
		chromedp.Headless, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(stepTime),
	}
	for _, off := range []string{
		"disable-background-networking", "disable-component-update", "disable-client-side-phishing-detection", "disable-default-apps",
		"disable-dev-shm-usage", "disable-extensions", "disable-sync", "disable-domain-reliability", "metrics-recording-only", "mute-audio", "no-pings",
	} {
		out = append(out, chromedp.Flag(off, true))
	}
	if os.Geteuid() == 0 {
		out = append(out, chromedp.NoSandbox) // Chromium refuses to run as root with it
	}
	return out
}

// Close ends the browser and throws its profile away.
func (b *Browser) Close() { b.close() }

// step is the context of one step.
func (b *Browser) step() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.tab, stepTime)
}

// Cookie is a cookie as the target set it.
type Cookie struct {
	Name, Value, URL, Domain, Path, SameSite string
	Secure, HTTPOnly                         bool
}

// Hold puts cookies into the browser. One that it refuses to keep is an error.
func (b *Browser) Hold(cookies ...Cookie) error {
	ctx, done := b.step()
	defer done()
	for _, k := range cookies {
		set := network.SetCookieParams{
			Name: k.Name, Value: k.Value, URL: k.URL, Path: k.Path, Domain: k.Domain, Secure: &k.Secure, HTTPOnly: &k.HTTPOnly,
			SameSite: network.CookieSameSite(k.SameSite),
		}
		if _, err := chromedp.Call(ctx, network.SetCookie, set); err != nil {
			return fmt.Errorf("give the browser the cookie %s: %w", k.Name, err)
		}
	}
	return nil
}

// Visit opens an address and waits until it has loaded, with what its scripts
// do at once.
func (b *Browser) Visit(address string) error {
	ctx, done := b.step()
	defer done()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(address)); err != nil {
		return fmt.Errorf("visit: %w", err)
	}
	return nil
}

// Until waits until a condition holds, or a step's time is over; it says which.
func (b *Browser) Until(ok func() bool) bool {
	ctx, done := b.step()
	defer done()
	for ctx.Err() == nil {
		if ok() {
			return true
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollTime):
		}
	}
	return false
}

// Text is what the page shows, without markup, and the values of its fields.
func (b *Browser) Text() (string, error) {
	ctx, done := b.step()
	defer done()
	const visible = `(document.body ? document.body.innerText : "") + "\n" + Array.from(document.querySelectorAll("input:not([type=hidden]):not([type=password]),textarea"), e => e.value).join("\n")`
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](visible))
	if err != nil {
		return "", fmt.Errorf("read page: %w", err)
	}
	return text, nil
}

// At is the address of the page.
func (b *Browser) At() (string, error) {
	ctx, done := b.step()
	defer done()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	return at, nil
}

// Do runs a script in the page and does not wait for what comes of it.
func (b *Browser) Do(script string) error {
	ctx, done := b.step()
	defer done()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		return fmt.Errorf("run script: %w", err)
	}
	return nil
}

// Back presses the Back button. A page that comes from memory tells no load, so
// that is not waited for.
func (b *Browser) Back() error {
	ctx, done := b.step()
	defer done()
	history, err := chromedp.Run(ctx, chromedp.NavigationEntries())
	if err == nil && (history.CurrentIndex <= 0 || int(history.CurrentIndex) >= len(history.Entries)) {
		err = errors.New("there is nothing to go back to")
	}
	if err == nil {
		_, err = chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	}
	if err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	return nil
}
