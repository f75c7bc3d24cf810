module github.com/wafer-go/wafer/flask/flasksession/memcachedrecords

go 1.26.0

replace github.com/wafer-go/wafer => ../../..

replace github.com/wafer-go/wafer/flask/flasksession => ..

require (
	github.com/bradfitz/gomemcache v0.0.0-20260422231931-4d751bb6e37c
	github.com/wafer-go/wafer v0.0.0-00010101000000-000000000000
	github.com/wafer-go/wafer/flask/flasksession v0.0.0-00010101000000-000000000000
)

require (
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/tinylib/msgp v1.6.5 // indirect
)
