package simulation

import (
	"fmt"
	"time"
)

// stats count what a run did.
type stats struct {
	lives, steps, visits, unavailable, conflicts         int
	lostQuestions, lostAnswers, repeated, late, timeouts int
	crashes, aborts, deployments, failovers, evictions   int
	sweeps, purges, unsettled, crossed, given, outages   int
	passed                                               time.Duration
}

// String is the line that is printed at the end.
func (s *stats) String() string {
	return fmt.Sprintf("%d sessions' lives in %d visits and %d steps; %v passed; %d questions lost, %d without an answer in time, "+
		"%d answers lost, %d questions executed twice and %d late; %d visitors left, %d servers crashed, %d deployments, "+
		"%d failovers, %d outages, %d records evicted, %d sign-outs everywhere, %d purges; %d visits answered with 503, %d with 409; %d renewals of unknown outcome, %d of them beside another tab's; "+
		"%d saves of what another visit had passed on",
		s.lives, s.visits, s.steps, s.passed, s.lostQuestions, s.timeouts, s.lostAnswers, s.repeated, s.late, s.aborts, s.crashes,
		s.deployments, s.failovers, s.outages, s.evictions, s.sweeps, s.purges, s.unavailable, s.conflicts, s.unsettled, s.crossed, s.given)
}

func (s *stats) add(o stats) {
	s.lives += o.lives
	s.steps += o.steps
	s.visits += o.visits
	s.unavailable += o.unavailable
	s.conflicts += o.conflicts
	s.lostQuestions += o.lostQuestions
	s.lostAnswers += o.lostAnswers
	s.repeated += o.repeated
	s.late += o.late
	s.timeouts += o.timeouts
	s.crashes += o.crashes
	s.aborts += o.aborts
	s.deployments += o.deployments
	s.failovers += o.failovers
	s.evictions += o.evictions
	s.sweeps += o.sweeps
	s.purges += o.purges
	s.unsettled += o.unsettled
	s.crossed += o.crossed
	s.given += o.given
	s.outages += o.outages
	s.passed += o.passed
}
