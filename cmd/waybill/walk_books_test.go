package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"waybill/store/storetest"
)

// TestWalkTheBooks is stock as it is written down: a clerk finds damage and counts, the owner finds that
// somebody has written into a counter and repairs it, and sends a file of counts; a reader without scripts
// counts too. Where less is there than was promised, both choose which order gives way.
func TestWalkTheBooks(t *testing.T) {
	server := storetest.Redis(t)
	s := demoShop(t, server.URL())
	c := newChromium(t)
	clerk, owner := c.person("clerk", s.base, 360, 740), c.person("owner", s.base, 1280, 800)
	clerk.signIn("wanda")
	owner.signIn("olga")

	clerk.click(`.site-nav a[href$="/stock"]`)
	clerk.live()
	clerk.click("#stock-prod1 a")
	clerk.shows("#figures", "120")
	clerk.click("#damaged summary")
	clerk.fill("#f-damaged-units", "2")
	clerk.fill("#f-damaged-reason", "fell down")
	clerk.click("#damaged-form .btn")
	clerk.shows("#figures", "118")
	clerk.open("/warehouses/warehouse1/count")
	clerk.fill("#n-prod1", "110")
	clerk.fill("#n-prod9", "1")
	clerk.click("#sheet .primary")
	clerk.shows("#diff-prod9", "2 units promised, 1 counted")
	clerk.click("#compare .primary")
	clerk.shows("#yield-prod9", "1 on the shelf, 2 promised: 1 unit is missing")
	clerk.shows("#yield-prod9", "Loses 1 unit. Waits for new stock")
	clerk.shows("#give-way", "1 other difference")
	clerk.click("#give-way .primary")
	clerk.shows(".toast", "1 order gave way")
	clerk.shows("#stock-prod1", "110")
	clerk.open("/warehouses/warehouse1/count")
	clerk.fill("#n-prod1", "102")
	clerk.click("#sheet .primary")
	clerk.shows("#diff-prod1", "−8")
	clerk.click("#compare .primary")
	clerk.shows(".toast", "1 product of 1 changed")
	clerk.open("/warehouses/warehouse1/ledger")
	clerk.shows("#ledger", "fell down")

	if err := server.Client().HIncrBy(t.Context(), "warehouse1:stock", "prod4", -7).Err(); err != nil {
		t.Fatal(err)
	}
	owner.open("/admin/audit")
	owner.shows("#audit-warehouse1-prod4", "7 fewer than the ledger")
	owner.click("#books-warehouse1 .primary")
	owner.shows("#drift-warehouse1", "The books agree")
	owner.shows("#repairs", "on hand 73 → 80")

	file := filepath.Join(t.TempDir(), "counts.csv")
	if err := os.WriteFile(file, []byte("warehouse,product,on_hand,threshold\nwarehouse1,prod1,91,95\nwarehouse1,prod4,80,0\nwarehouse3,prod5,18,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	owner.open("/admin/stock")
	owner.do(chromedp.SetUploadFiles("#f-file", []string{file}))
	owner.click("#upload-form .primary")
	owner.shows("#changes", "−11")
	owner.shows("#changes", "0 → 95")
	owner.click("#book-form .primary")
	owner.shows("main", "All of it is in the books")
	owner.open("/warehouses/warehouse1/stock")
	owner.shows("#stock-prod1", "low, below 95")

	r := newReader(t, s.base)
	r.open("/signin")
	r.press("Wanda")
	r.open("/warehouses/warehouse1/count")
	r.press("Compare with the books", "n-prod1", "90")
	r.sees("1 difference")
	r.press("Book 1 difference")
	r.sees("The count is booked")
	r.open("/warehouses/warehouse1/stock/prod9")
	r.press("Book the count", "units", "0", "reason", "Fell into the harbour")
	r.sees("unless some of the orders give way")
	r.follow("Choose who gives way")
	r.press("Book it, 1 order gives way", "act", "book")
	r.sees("1 order gave way")
}
