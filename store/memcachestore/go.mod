module github.com/wafer-go/wafer/store/memcachestore

go 1.26.0

replace github.com/wafer-go/wafer => ../..

require (
	github.com/bradfitz/gomemcache v0.0.0-20260422231931-4d751bb6e37c
	github.com/wafer-go/wafer v0.0.0-00010101000000-000000000000
)
