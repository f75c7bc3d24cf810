module github.com/wafer-go/wafer/internal/simulation

go 1.26.0

replace github.com/wafer-go/wafer => ../..

require github.com/wafer-go/wafer v0.0.0-00010101000000-000000000000
