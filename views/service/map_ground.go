package service

import (
	"fmt"
	"math"
	"strings"

	"waybill/store"
)

const (
	gridApart    = 40.0   // lines of the grid are at least so far apart, on the sheet
	scaleLongest = 90.0   // the bar of the scale is at most so long, on the sheet
	degreeKM     = 111.19 // a degree of latitude
)

// ground is what a map is drawn on: the point in its middle, and how long a degree is there.
type ground struct {
	middle   store.Point
	lon, lat float64
}

// Scale is a bar on the map, and how long it is in the country.
type Scale struct{ X1, X2, Y, TextX, TextY, Text string }

// grid draws meridians and parallels at round degrees.
func (g ground) grid() string {
	step := roundUp(gridApart / min(g.lon, g.lat))
	var d strings.Builder
	for i := math.Ceil((g.middle.Lon - mapWidth/2/g.lon) / step); ; i++ {
		x := mapWidth/2 + (i*step-g.middle.Lon)*g.lon
		if x > mapWidth {
			break
		}
		fmt.Fprintf(&d, "M%s 0V%.0f", number(x), mapHeight)
	}
	for i := math.Ceil((g.middle.Lat - mapHeight/2/g.lat) / step); ; i++ {
		y := mapHeight/2 - (i*step-g.middle.Lat)*g.lat
		if y < 0 {
			break
		}
		fmt.Fprintf(&d, "M0 %sH%.0f", number(y), mapWidth)
	}
	return d.String()
}

// scaleBar stands in the lower left corner, below every dot.
func (g ground) scaleBar() Scale {
	km := roundDown(scaleLongest / g.lat * degreeKM)
	left, bottom := 14.0, mapHeight-14.0
	right := left + km/degreeKM*g.lat
	text := fmt.Sprintf("%.0f km", km)
	return Scale{X1: number(left), X2: number(right), Y: number(bottom), TextX: number(right + 8), TextY: number(bottom + 4), Text: text}
}

// roundUp and roundDown find the nearest of 1, 2 and 5, and their tens and tenths, that is not less, or not more.
func roundUp(x float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(x)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*ten >= x {
			return digit * ten
		}
	}
	return 10 * ten
}

func roundDown(x float64) float64 {
	ten := math.Pow(10, math.Floor(math.Log10(x)))
	switch {
	case 5*ten <= x:
		return 5 * ten
	case 2*ten <= x:
		return 2 * ten
	}
	return ten
}
