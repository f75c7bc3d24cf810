package browser

import (
	"archive/tar"
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
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

var axe = sync.OnceValues(func() (script string, err error) {
	kept := axeKeptAt()
	pack, err := os.ReadFile(kept)
	if err != nil || !isAxe(pack) {
		if pack, err = fetchAxe(); err != nil {
			return "", fmt.Errorf("axe-core %s is needed from npm's registry; set NPM_CONFIG_REGISTRY where there is another, and HTTPS_PROXY where there is a proxy: %w", axeVersion, err)
		}
		keepAxe(kept, pack)
	}
	return unpackAxe(pack)
})

// axeKeptAt is where the package waits for the next run.
func axeKeptAt() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "wafer", "axe-core-"+axeVersion+".tgz")
}

// keepAxe is best effort: without it the next run asks the registry again. The
// rename keeps a run beside this one from reading half a file.
func keepAxe(at string, pack []byte) {
	if os.MkdirAll(filepath.Dir(at), 0o700) != nil {
		return
	}
	part, err := os.CreateTemp(filepath.Dir(at), "axe-core-")
	if err != nil {
		return
	}
	_, err = part.Write(pack)
	if closed := part.Close(); err != nil || closed != nil || os.Rename(part.Name(), at) != nil {
		_ = os.Remove(part.Name())
	}
}

func isAxe(pack []byte) bool {
	sum := sha512.Sum512(pack)
	return base64.StdEncoding.EncodeToString(sum[:]) == axeIntegrity
}

// npmRegistry is the registry that npm would ask.
func npmRegistry() string {
	registry := cmp.Or(os.Getenv("npm_config_registry"), os.Getenv("NPM_CONFIG_REGISTRY"))
	if home, err := os.UserHomeDir(); err == nil {
		registry = cmp.Or(registry, registryIn(filepath.Join(home, ".npmrc")))
	}
	return cmp.Or(registry, registryIn("/etc/npmrc"), "https://registry.npmjs.org")
}

// registryIn returns the registry that one of npm's settings files names, or "".
func registryIn(file string) (registry string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if key, value, _ := strings.Cut(lines.Text(), "="); strings.TrimSpace(key) == "registry" {
			registry = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return registry
}

func fetchAxe() (pack []byte, err error) {
	url := strings.TrimSuffix(npmRegistry(), "/") + "/axe-core/-/axe-core-" + axeVersion + ".tgz"
	res, err := (&http.Client{Timeout: time.Minute}).Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, res.Status)
	}
	if pack, err = io.ReadAll(io.LimitReader(res.Body, axeLimit)); err != nil {
		return nil, fmt.Errorf("reading %s: %w", url, err)
	}
	if !isAxe(pack) {
		return nil, fmt.Errorf("%s is not the package whose SHA-512 is known here", url)
	}
	return pack, nil
}

func unpackAxe(pack []byte) (script string, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(pack))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(unzipped); ; {
		file, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("looking for %s in axe-core %s: %w", axeScript, axeVersion, err)
		}
		if file.Name == axeScript {
			text, err := io.ReadAll(io.LimitReader(files, axeLimit))
			return string(text), err
		}
	}
}
