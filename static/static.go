// Package static carries the style sheets, scripts and pictures inside the program.
// Each file is served under a name that holds a hash of its content, so that a browser
// may keep it for a year and still gets the new one after an upgrade.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed css js vendor products empty favicon.svg
var files embed.FS

// Prefix is the part of the URL under which every asset lives.
const Prefix = "/static/"

// Bundle is the name of the one style sheet that pages link: all of css/ in the order of sheets.
const Bundle = "css/app.css"

// sheets lists the style sheets in the order in which a browser must read them.
func sheets() []string {
	return []string{"tokens", "base", "parts", "forms", "shop", "track", "warehouse", "courier", "staff", "books", "map"}
}

// contentTypes says what we serve; a file of another kind is a mistake that New reports.
func contentTypes() map[string]string {
	return map[string]string{
		".css": "text/css; charset=utf-8",
		".js":  "text/javascript; charset=utf-8",
		".svg": "image/svg+xml",
		".png": "image/png",
		".txt": "text/plain; charset=utf-8",
	}
}

// asset is one file, ready to be sent.
type asset struct {
	body, gzipped []byte
	hash, kind    string
	worker        bool // a service worker
}

// Assets knows every embedded file by its plain and by its hashed name.
// It never changes after New, so any number of goroutines may use it at once.
type Assets struct {
	plain  map[string]asset  // css/app.css → file
	hashed map[string]string // css/app.0123456789.css → css/app.css
}

// New reads, bundles, hashes and compresses the embedded files. It fails only if the program
// was built with a file that cannot be served.
func New() (*Assets, error) {
	a := &Assets{plain: map[string]asset{}, hashed: map[string]string{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		return a.add(name, body)
	})
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	var bundle bytes.Buffer
	for _, s := range sheets() {
		f, ok := a.plain["css/"+s+".css"]
		if !ok {
			return nil, fmt.Errorf("static: style sheet %s is missing", s)
		}
		bundle.Write(f.body)
		bundle.WriteByte('\n')
	}
	if err := a.add(Bundle, bundle.Bytes()); err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return a, nil
}

const hashDigits = 10 // of a file's content, in its name

// add stores one file under both of its names.
func (a *Assets) add(name string, body []byte) error {
	kind, ok := contentTypes()[path.Ext(name)]
	if !ok {
		return fmt.Errorf("%s: no content type for this kind of file", name)
	}
	sum := sha256.Sum256(body)
	f := asset{body: body, hash: hex.EncodeToString(sum[:hashDigits/2]), kind: kind, worker: strings.HasSuffix(name, "-worker.js")}
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write(body); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	if buf.Len() < len(body) {
		f.gzipped = buf.Bytes()
	}
	a.plain[name] = f
	a.hashed[hashedName(name, f.hash)] = name
	return nil
}

// hashedName puts the hash before the extension: css/app.css → css/app.0123456789.css.
func hashedName(name, hash string) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hash + ext
}

// URL gives the address of the file with this name ("products/prod1.svg"), with its hash.
// A name that is not embedded comes back without one, and answers 404 when asked for.
func (a *Assets) URL(name string) string {
	f, ok := a.plain[name]
	if !ok {
		return Prefix + name
	}
	return Prefix + hashedName(name, f.hash)
}

// Handler serves everything under Prefix. Hashed names may be kept for a year, plain names
// for five minutes. A name with another hash is one that a node of another version has given
// out: it is answered with what we have, to be asked for again. Anything else, a directory
// too, is 404.
func (a *Assets) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD work here.", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		cache := "public, max-age=300"
		if plain, ok := a.hashed[name]; ok {
			name, cache = plain, "public, max-age=31536000, immutable"
		} else if plain, ok := otherHash(name); ok {
			name, cache = plain, "no-cache"
		}
		f, ok := a.plain[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.send(w, r, cache)
	})
}

// otherHash takes what may be a hash out of a name: css/app.0123456789.css → css/app.css.
func otherHash(name string) (plain string, ok bool) {
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	hash := strings.TrimPrefix(path.Ext(stem), ".")
	if len(hash) != hashDigits || strings.Trim(hash, "0123456789abcdef") != "" {
		return "", false
	}
	return strings.TrimSuffix(stem, "."+hash) + ext, true
}

// send writes the file, compressed if the browser takes that.
func (f asset) send(w http.ResponseWriter, r *http.Request, cache string) {
	body, tag := f.body, f.hash
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	if f.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body, tag = f.gzipped, tag+"-gz"
	}
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", cache)
	h.Set("X-Content-Type-Options", "nosniff")
	if f.worker {
		h.Set("Service-Worker-Allowed", "/courier") // it lies under /static/, and looks after another page
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
