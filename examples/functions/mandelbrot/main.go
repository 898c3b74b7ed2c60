// Command mandelbrot draws a part of the Mandelbrot set: JSON on stdin, a PNG on stdout. It knows nothing of ChainFaaS.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/cmplx"
	"os"
)

const (
	maxSide       = 4096
	maxIterations = 10_000
)

// view is what to draw. Members that are absent keep their default.
type view struct {
	Width, Height int
	X, Y          float64 // centre
	Span          float64 // width of the part in the complex plane
	Iterations    int
}

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mandelbrot:", err)
		os.Exit(2)
	}
}

func draw(from io.Reader, to io.Writer) error {
	wanted := view{Width: 800, Height: 600, X: -0.65, Y: 0, Span: 3, Iterations: 200}
	if err := json.NewDecoder(from).Decode(&wanted); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if min(wanted.Width, wanted.Height) < 1 || max(wanted.Width, wanted.Height) > maxSide {
		return fmt.Errorf("width and height are from 1 to %d", maxSide)
	}
	if wanted.Iterations < 1 || wanted.Iterations > maxIterations {
		return fmt.Errorf("iterations are from 1 to %d", maxIterations)
	}
	fmt.Fprintf(os.Stderr, "drawing %+v\n", wanted)
	return png.Encode(to, wanted.picture())
}

func (v view) picture() image.Image {
	picture := image.NewPaletted(image.Rect(0, 0, v.Width, v.Height), palette())
	step := v.Span / float64(v.Width)
	for row := range v.Height {
		for column := range v.Width {
			x := v.X + (float64(column)-float64(v.Width)/2)*step
			y := v.Y + (float64(row)-float64(v.Height)/2)*step
			picture.SetColorIndex(column, row, v.colour(complex(x, y)))
		}
	}
	return picture
}

// colour is 0 inside the set, else from 1 to 255 by how fast the point flees.
func (v view) colour(c complex128) uint8 {
	z := complex(0, 0)
	for i := range v.Iterations {
		if z = z*z + c; cmplx.Abs(z) > 2 {
			return uint8(1 + i*254/v.Iterations)
		}
	}
	return 0
}

func palette() color.Palette {
	colours := color.Palette{color.Black}
	for i := range 255 {
		colours = append(colours, color.RGBA{uint8(i), uint8(i * i / 255), uint8(255 - i/2), 255})
	}
	return colours
}
