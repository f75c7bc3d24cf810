package browser

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axe-core finds what people who use a screen reader, or see little, would
// stumble over. It is a script, which npm's registry has.
const (
	axeVersion = "4.14.1"
	// axeIntegrity is the registry's own, of the package: base64 of its SHA-512.
	axeIntegrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
	axeScript    = "package/axe.min.js"
	axeLimit     = 16 << 20 // bytes, of the package and of the script
)

var axe = sync.OnceValues(fetchAxe)

// fetchAxe gets the script from the registry that npm would ask.
func fetchAxe() (script string, err error) {
	registry := cmp.Or(os.Getenv("npm_config_registry"), os.Getenv("NPM_CONFIG_REGISTRY"), "https://registry.npmjs.org")
	url := strings.TrimSuffix(registry, "/") + path.Join("/axe-core/-", "axe-core-"+axeVersion+".tgz")
	client := &http.Client{Timeout: time.Minute}
	res, err := client.Get(url)
	if err != nil {
		return "", fmt.Errorf("axe-core is needed from npm's registry; set NPM_CONFIG_REGISTRY where there is another: %w", err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	pack, err := io.ReadAll(io.LimitReader(res.Body, axeLimit))
	if err != nil || res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %d, %w", url, res.StatusCode, err)
	}
	if sum := sha512.Sum512(pack); base64.StdEncoding.EncodeToString(sum[:]) != axeIntegrity {
		return "", fmt.Errorf("%s is not the package whose SHA-512 is known here", url)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(pack))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(unzipped); ; {
		file, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("looking for %s in %s: %w", axeScript, url, err)
		}
		if file.Name == axeScript {
			text, err := io.ReadAll(io.LimitReader(files, axeLimit))
			return string(text), err
		}
	}
}

// wantNoViolations has axe-core look at the page that is open, and says what it
// found under name.
func (b *browser) wantNoViolations(t *testing.T, name string) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	get(b, chromedp.Evaluate[any](script+"; null"))
	found := get(b, chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify({checked: r.passes.length, violations: r.violations}))`, chromedp.EvalAwaitPromise))
	var result struct {
		Checked    int
		Violations []struct {
			ID, Help, HelpURL string
			Nodes             []struct {
				Target         []any
				FailureSummary string
			}
		}
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil {
		t.Fatal(err)
	}
	if result.Checked < 10 {
		t.Errorf("%s: axe-core checked %d rules only", name, result.Checked)
	}
	for _, v := range result.Violations {
		for _, node := range v.Nodes {
			t.Errorf("%s: %s: %s, at %v: %s (%s)", name, v.ID, v.Help, node.Target, node.FailureSummary, v.HelpURL)
		}
	}
}
