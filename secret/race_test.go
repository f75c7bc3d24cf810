//go:build race

package secret_test

const randomKeys = 50_000
