package geo

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T) *Gazetteer {
	t.Helper()
	g, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// near tells whether a place lies within about five kilometres of a position.
func near(p Place, lat, lon float64) bool {
	return math.Hypot(p.Lat-lat, (p.Lon-lon)*math.Cos(lat*math.Pi/180)) < 0.05
}

func TestFindKnowsTownsByTheirNames(t *testing.T) {
	g := open(t)
	for _, c := range []struct {
		names, country string
		lat, lon       float64
	}{
		{"Warszawa|Warsaw|WARSZAWA| warszawa |Warschau|Varsovie|00-950 Warszawa|Warszawa, Mokotów", "PL", 52.23, 21.01},
		{"Kraków|Krakow|Cracow|Krakau|KRAKÓW", "PL", 50.06, 19.94},
		{"Wrocław|Wroclaw|wrocław|Breslau", "PL", 51.10, 17.03},
		{"Gdańsk|Gdansk|GDAŃSK|Danzig|Gdan\u0301sk", "PL", 54.35, 18.65},
		{"Łódź|lodz|Lódz|ŁÓDŹ|Łódź (Bałuty)", "PL", 51.77, 19.47},
		{"Poznań|poznan|Posen", "PL", 52.41, 16.93},
		{"Zielona Góra|ZIELONA GORA|Zielona-Góra|ZielonaGora", "PL", 51.94, 15.51},
		{"Bielsko-Biała|Bielsko Biala", "PL", 49.82, 19.04},
		{"Szczecin|Stettin", "PL", 53.43, 14.55},
		{"Katowice", "PL", 50.26, 19.03},
		{"Lublin", "PL", 51.25, 22.57},
		{"Białystok", "PL", 53.13, 23.16},
		{"Zakopane", "PL", 49.30, 19.95},
		{"München|Munich|Muenchen|Monachium", "DE", 48.14, 11.58},
		{"Köln|Koeln|Cologne", "DE", 50.93, 6.95},
		{"Frankfurt|Frankfurt am Main", "DE", 50.12, 8.68},
		{"Nürnberg|Nuremberg", "DE", 49.45, 11.08},
		{"Fürth|Fuerth", "DE", 49.47, 10.99},
		{"Wien|Vienna|Wiedeń", "AT", 48.21, 16.37},
		{"Praha|Prague|Praga", "CZ", 50.09, 14.42},
		{"Plzeň|Pilsen", "CZ", 49.75, 13.38},
		{"Roma|Rome|Rzym", "IT", 41.89, 12.51},
		{"L'Aquila|L’Aquila|L Aquila", "IT", 42.35, 13.40},
		{"Firenze|Florence", "IT", 43.77, 11.25},
		{"Milano|Milan", "IT", 45.46, 9.19},
		{"Sankt Gallen|St. Gallen|St Gallen", "CH", 47.42, 9.37},
		{"Genève|Geneva|Genf", "CH", 46.20, 6.15},
		{"København|Copenhagen|Kobenhavn", "DK", 55.68, 12.57},
		{"Göteborg|Gothenburg", "SE", 57.71, 11.97},
		{"Den Haag|The Hague|'s-Gravenhage", "NL", 52.08, 4.30},
		{"Bruxelles|Brussel|Brussels", "BE", 50.85, 4.35},
		{"Lisboa|Lisbon", "PT", 38.72, -9.13},
		{"București|Bucharest", "RO", 44.43, 26.11},
		{"Київ|Kyiv|Kiev", "UA", 50.45, 30.52},
		{"Αθήνα|ΑΘΗΝΑ|Athens|Athina", "GR", 37.98, 23.73},
		{"Paris|75015 Paris|Paris 15", "FR", 48.85, 2.35},
		{"London", "GB", 51.51, -0.13},
		{"New York City|New York", "US", 40.71, -74.01},
	} {
		for name := range strings.SplitSeq(c.names, "|") {
			p, ok := g.Find(name, "", c.country)
			if !ok || !p.Exact() || !near(p, c.lat, c.lon) || p.Country != c.country {
				t.Errorf("%s in %s: got %+v, %v", name, c.country, p, ok)
			}
		}
	}
}

func TestFindOfTownsOfOneName(t *testing.T) {
	g := open(t)
	// Springfield: the one in Missouri is the largest. Country codes may be typed small.
	if p, ok := g.Find("Springfield", "", "us"); !ok || !near(p, 37.22, -93.30) {
		t.Errorf("Springfield: %+v", p)
	}
	// One name in two countries: the country decides.
	if p, _ := g.Find("Warsaw", "", "US"); p.Exact() && p.Lat > 50 {
		t.Errorf("Warsaw in the United States is not in Poland: %+v", p)
	}
	// Lipno near Toruń is the larger one; a postal code of Leszno means the other.
	for _, c := range []struct {
		code     string
		lat, lon float64
	}{{"", 52.84, 19.18}, {"87-600", 52.84, 19.18}, {"64-111", 51.92, 16.57}, {"64111", 51.92, 16.57}, {"xx", 52.84, 19.18}} {
		if p, ok := g.Find("Lipno", c.code, "PL"); !ok || !p.Exact() || !near(p, c.lat, c.lon) {
			t.Errorf("Lipno %q: got %+v", c.code, p)
		}
	}
}

func TestFindFallsBack(t *testing.T) {
	g := open(t)
	for _, c := range []struct {
		why, city, code, country string
		want                     Precision
		lat, lon                 float64
	}{
		{"the postal area near Gdańsk", "Nibywieś Wielka", "83-200", "PL", ByArea, 53.97, 18.53},
		{"no town, but a code", "", "30-002", "pl", ByArea, 50.06, 19.94},
		{"half a code is none", "Nibywieś", "30", "PL", ByCountry, 51.79, 19.30},
		{"no such area", "Nibywieś", "79-000", "PL", ByCountry, 51.79, 19.30},
		{"codes of other countries are not read", "Nibywieś", "30-002", "DE", ByCountry, 51.01, 9.80},
	} {
		p, ok := g.Find(c.city, c.code, c.country)
		if !ok || p.Precision != c.want || p.Exact() || math.Hypot(p.Lat-c.lat, p.Lon-c.lon) > 0.4 || p.Name == "" {
			t.Errorf("%s: got %+v, %v", c.why, p, ok)
		}
	}
	for _, country := range []string{"", "ZZ", "P", "POL", "Poland", "\x00\x00", "PL\t"[:1], "pł"} {
		if p, ok := g.Find("Warszawa", "00-950", country); ok {
			t.Errorf("country %q: got %+v", country, p)
		}
	}
}

func TestFindTakesAnything(t *testing.T) {
	g := open(t)
	for _, city := range []string{
		"", " ", "\x00", "\xff\xfe", "\n\t", "-", "'", "12345", "PL", "\u202e", "Nibywieś\t5435", "💐",
		strings.Repeat("ą", 1<<20), strings.Repeat("\x00", 1<<16), "(", "/", ",", "a\u0301\u0301\u0301",
	} {
		p, ok := g.Find(city, city, "PL")
		if !ok || p.Country != "PL" || p.Precision == ByTown {
			t.Errorf("%.20q: got %+v, %v", city, p, ok)
		}
	}
	if p, _ := g.Find("War\x00szawa\xff", "", "PL"); !p.Exact() {
		t.Errorf("stray bytes hide the town: %+v", p)
	}
}

func TestEveryCountryHasACentre(t *testing.T) {
	g := open(t)
	list := g.Countries()
	if len(list) < 240 || list[0].Name != "Afghanistan" || list[1].Name != "Åland Islands" {
		t.Errorf("%d countries, the first are %v", len(list), list[:2])
	}
	for i, c := range list {
		p, ok := g.Find("", "", c.Code)
		if !ok || p.Precision != ByCountry || p.Name != c.Name || len(c.Code) != 2 || c.Name == "" {
			t.Errorf("%v: got %+v, %v", c, p, ok)
		}
		if i > 0 && Fold(list[i-1].Name) >= Fold(c.Name) {
			t.Errorf("%q and %q are out of order", list[i-1].Name, c.Name)
		}
	}
	list[0].Name = "changed"
	if g.Countries()[0].Name != "Afghanistan" {
		t.Error("a caller changed the list")
	}
}

// The search stands on the order of the lines: check it all over the list. The step is
// a prime, so that every country has its share.
func TestEveryTownIsFound(t *testing.T) {
	g := open(t)
	missing := 0
	for i := 0; i < len(g.towns.lines); i += 7 {
		country, fields := g.towns.line(g.towns.lines[i])
		if key := Fold(fields[0]); key != "" && len(g.towns.find(country, key)) == 0 {
			missing++
		}
	}
	for i := 0; i < len(g.towns.others); i += 7 {
		country, fields := g.towns.line(g.towns.others[i])
		if len(g.towns.find(country, fields[0])) == 0 {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d names are in the list but not found", missing)
	}
}

func TestDamagedListIsAnError(t *testing.T) {
	flipped := bytes.Clone(packed)
	flipped[len(flipped)/2] ^= 1
	for name, list := range map[string][]byte{
		"empty": nil, "cut short": packed[:len(packed)/2], "no end": packed[:len(packed)-4], "flipped": flipped,
	} {
		if _, err := unpack(list); !errors.Is(err, errDamaged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The limits are far above what it takes (see BenchmarkOpen), for busy machines.
func TestOpenIsQuickAndSmall(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	g := open(t)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("opened in %v, %d kB", took, heap/1024)
	if took > 5*time.Second || heap > 12<<20 {
		t.Errorf("took %v and %d bytes", took, heap)
	}
	runtime.KeepAlive(g)
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Open(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	g, err := Open()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		g.Find("Bielsko-Biała", "43-300", "PL")
	}
}
