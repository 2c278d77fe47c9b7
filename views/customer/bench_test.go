package customer

import (
	"bytes"
	"testing"
)

// BenchmarkRender measures what one tracking page costs to draw up and to write, without HTTP and Redis:
// the hub of live pages does it once for everybody who looks.
func BenchmarkRender(b *testing.B) {
	story := stories()["sent"]
	asset := func(name string) string { return "/static/" + name }
	var page bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		page.Reset()
		if err := Track(NewTrack(story.order, directory, story.now, asset)).Render(b.Context(), &page); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(page.Len()), "bytes")
}
