module github.com/wafer-go/wafer/adapter/echosession

go 1.26.0

replace github.com/wafer-go/wafer => ../..

require (
	github.com/labstack/echo/v5 v5.4.4
	github.com/wafer-go/wafer v0.0.0
)

require golang.org/x/time v0.15.0 // indirect
