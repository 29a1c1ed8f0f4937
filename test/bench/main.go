// Command bench measures the image beside the Go tsidp, in one run, and compares both with the goals. Nothing is
// asserted: it fails only if something could not run. `make bench` builds what it needs.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if isTailscaled(os.Args[1:]) {
		fmt.Fprintln(os.Stderr, "bench:", beTailscaled(os.Args[1:]))
		os.Exit(1)
	}
	image := flag.String("image", "build/tsidp", "our image")
	work := flag.String("work", "build/bench", "holds the Go tsidp and Signatures.class, and takes state and logs")
	options := flag.String("java-options", "", "the launcher's, for raw signatures")
	flag.Parse()
	if err := run(*image, *work, strings.Fields(*options)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(image, work string, options []string) error {
	if os.Getenv(inside) == "" {
		code, err := enter()
		if err == nil {
			os.Exit(code)
		}
		return err
	}
	if err := furnish(); err != nil {
		return err
	}
	image, imageErr := filepath.Abs(image)
	work, workErr := filepath.Abs(work)
	if imageErr != nil || workErr != nil {
		return fmt.Errorf("no working directory: %v %v", imageErr, workErr)
	}
	api, err := serveLocalAPI(defaultSocket, nil)
	if err != nil {
		return err
	}
	state := filepath.Join(work, "state")
	if err := os.RemoveAll(state); err != nil {
		return err
	}
	directories := []string{filepath.Join(state, "ours"), filepath.Join(state, "go"), filepath.Join(state, "direct")}
	for _, directory := range directories {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return err
		}
	}
	our, err := ours(image, directories[0])
	if err != nil {
		return err
	}
	direct, err := oursDirect(image, directories[2], api.certificate)
	if err != nil {
		return err
	}
	their := theirs(filepath.Join(work, "tsidp"), directories[1])
	defer our.stop()
	defer direct.stop()
	defer their.stop()
	m := &measurement{image: image, work: work, options: options, api: api, ours: our, direct: direct, theirs: their}
	return m.run()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if failure := out.Close(); err == nil {
		err = failure
	}
	return err
}
