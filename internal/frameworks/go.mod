module github.com/wafer-go/wafer/internal/frameworks

go 1.26.0

replace github.com/wafer-go/wafer => ../..

require (
	github.com/go-chi/chi/v5 v5.5.0
	github.com/wafer-go/wafer v0.0.0-00010101000000-000000000000
)
