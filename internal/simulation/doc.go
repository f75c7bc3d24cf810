// Package simulation runs package session, its drivers and memstore under one seeded scheduler,
// with a simulated network, engines, clocks, servers and browsers. After every step a model says
// what must be true.
//
// A run consists of choices: which question or answer arrives next, which fault happens to it,
// which visitor does what, how much time passes. All of them follow from the seed, so that a seed
// repeats every step of a run. Session IDs, nonces and the pauses between two tries are random;
// testing/cryptotest makes them repeat in one process, and no choice depends on them. A seed does
// not determine the order of two goroutines between two questions to a store; no trace has shown a
// difference (TestSimulation_SeedRepeatsEveryStep).
//
// Time is that of testing/synctest: it passes only when the scheduler chooses so.
//
// A run that breaks a rule is shrunk and printed as a list of steps. To run more of them, or a
// certain seed:
//
//	go test -run Lives . -lives 100000 -seed 4711
package simulation
