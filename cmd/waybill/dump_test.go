package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/store/storetest"
)

// A shop is exported when its nodes have stopped, and served from a cluster afterwards.
func TestAShopMovesToACluster(t *testing.T) {
	server, cluster := storetest.Redis(t), storetest.Cluster(t)
	s := demoShop(t, server.URL())
	file := filepath.Join(t.TempDir(), "shop.dump.gz")
	command := func(redis string, args ...string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), append(args, "--data-dir", t.TempDir()), func(name string) string {
			return map[string]string{"WAYBILL_REDIS": redis}[name]
		}, &out)
		return out.String(), err
	}
	await(t, 10*time.Second, "a node works on the shop", func() bool { return server.Client().Exists(t.Context(), "lease:keeper").Val() == 1 })
	if out, err := command(server.URL(), "export", file); err == nil || !strings.Contains(err.Error(), "Stop all nodes") {
		t.Fatalf("exported beside a node: %v %s", err, out)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("half a file was left")
	}
	s.close()
	out, err := command(server.URL(), "export", file)
	if err != nil || !strings.Contains(out, "9 products") {
		t.Fatalf("export: %v %s", err, out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info, err)
	}
	if _, err := command(server.URL(), "export", file); err == nil {
		t.Error("a file was written over")
	}
	if out, err = command(cluster.URL(), "import", "dump", file); err != nil || !strings.Contains(out, "9 products") {
		t.Fatalf("import: %v %s", err, out)
	}
	if _, err := command(cluster.URL(), "import", "dump", file); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("imported twice: %v", err)
	}
	if out, err = command(cluster.URL(), "reconcile", "--dry-run"); err != nil || !strings.Contains(out, "as it should be") {
		t.Errorf("reconcile: %v %s", err, out)
	}
	moved := demoShop(t, cluster.URL())
	buyer := newReader(t, moved.base)
	buyer.buys("Wool blanket", "Sopot", "81-704")
	moved.close()
}
