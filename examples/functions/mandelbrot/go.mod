module chainfaas/examples/mandelbrot

go 1.26
