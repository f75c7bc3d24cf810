// Package bench measures Wafer beside other session libraries, and beside the floor: the work that
// no signed cookie can avoid. In process, each library is behind the same few handlers, and every
// request goes through the library's own middleware with a request that is used again and a light
// response writer, the same for all. Over loopback HTTP, whole servers answer the load generator
// wrk. All are Go benchmarks; scripts/bench runs them in rounds, and benchstat shows the figures.
package bench
