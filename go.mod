module github.com/wafer-go/wafer

go 1.26.0
