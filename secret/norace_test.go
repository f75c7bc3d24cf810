//go:build !race

package secret_test

const randomKeys = 1_000_000
