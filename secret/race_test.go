//go:build race

package secret_test

const randomKeys = 20_000
