package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list` tells of a package. Imports are those of its code, not its tests.
type listed struct {
	ImportPath string
	Imports    []string
}

// TestImportsPointOneWay keeps the rooms apart: store ← store/* ; store ← views ← handlers ←
// web ← cmd, and some libraries belong to some rooms only.
func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "waybill/")
		seen[room] = true
		for _, path := range p.Imports {
			if why := forbidden(room, path); why != "" {
				t.Errorf("%s imports %s: %s", room, path, why)
			}
		}
	}
	for _, room := range []string{"store", "store/rdb", "views/ui", "handlers/page", "web", "web/live", "cmd/waybill"} {
		if !seen[room] {
			t.Errorf("%s was not looked at", room)
		}
	}
}

// TestImportRulesBite shows that each rule refuses what it is there for.
func TestImportRulesBite(t *testing.T) {
	for _, bad := range [][2]string{
		{"store", "github.com/redis/go-redis/v9"}, {"store", "waybill/store/rdb"}, {"store/rdb", "waybill/handlers/page"},
		{"views/ui", "waybill/handlers/page"}, {"views/ui", "net/http"}, {"views/courier", "waybill/store/rdb"},
		{"handlers/courier", "waybill/store/rdb"}, {"handlers/courier", "waybill/web"}, {"handlers/page", "waybill/store/engine"},
		{"web", "waybill/cmd/waybill"}, {"web", "github.com/gorilla/websocket"}, {"web", "github.com/redis/go-redis/v9"},
		{"static", "waybill/store"}, {"handlers/api", "github.com/alicebob/miniredis/v2"},
	} {
		if forbidden(bad[0], bad[1]) == "" {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
}

// forbidden says why a room must not import a package, "" if it may.
func forbidden(room, path string) string {
	own, ours := strings.CutPrefix(path, "waybill/")
	in := func(rooms ...string) bool {
		return slices.ContainsFunc(rooms, func(r string) bool { return own == r || strings.HasPrefix(own, r+"/") })
	}
	switch top, _, _ := strings.Cut(room, "/"); {
	case room == "store" && strings.Contains(strings.SplitN(path, "/", 2)[0], "."), room == "store" && ours:
		return "the domain uses the standard library only"
	case ours && top == "store" && !in("store"):
		return "what keeps the shop knows nothing of pages"
	case ours && top == "static":
		return "the files know nothing of the shop"
	case ours && top == "views" && own != "store" && !in("views"):
		return "views know the domain and each other only"
	case top == "views" && slices.Contains([]string{"net/http", "net", "os", "database/sql", "github.com/labstack/echo/v4"}, path):
		return "views do no input or output"
	case ours && top == "handlers" && own != "store" && !in("views", "handlers", "store/geo"):
		return "handlers declare what they need of the shop"
	case ours && top == "web" && in("cmd", "store/rdb", "store/engine", "store/demo"):
		return "the server is given what it runs on"
	case strings.HasPrefix(path, "github.com/gorilla/websocket") && room != "web/live":
		return "sockets belong to web/live"
	case redisLibrary(path) && !slices.Contains([]string{"store/rdb", "store/engine", "store/storetest", "web/session", "handlers/tasks", "cmd/waybill"}, room):
		return "this room does not talk to Redis by itself"
	}
	return ""
}

func redisLibrary(path string) bool {
	return slices.ContainsFunc([]string{"github.com/redis/", "github.com/alicebob/miniredis", "github.com/alexedwards/scs/goredisstore", "github.com/hibiken/asynq"},
		func(library string) bool { return strings.HasPrefix(path, library) })
}

func packages(t *testing.T) []listed {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = "../.."
	output, err := list.Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, failed.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
