module github.com/wafer-go/wafer/flask/flasksession

go 1.26.0

replace github.com/wafer-go/wafer => ../..

require (
	github.com/tinylib/msgp v1.6.5
	github.com/wafer-go/wafer v0.0.0-00010101000000-000000000000
)

require github.com/philhofer/fwd v1.2.0 // indirect
