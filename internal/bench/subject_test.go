package bench

import (
	"net/http"
	"testing"
	"time"
)

func TestSubjects_DoWhatEachCellSays(t *testing.T) {
	for _, s := range subjects() {
		if s.Name == "wafer-redis" {
			continue // which needs a server
		}
		for _, c := range Cells {
			t.Run(s.Name+"/"+c.Name, func(t *testing.T) {
				v, err := s.Visit(c)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					v.Serve()
				}
				if err := v.check(); err != nil {
					t.Errorf("after some requests: %v", err)
				}
			})
		}
	}
}

// blind is a library whose handlers do nothing but set a cookie.
func blind() *Subject {
	return over(Subject{Name: "blind"}, func() (library, error) {
		return func(a Action, j *job) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if a == Fill {
					w.Header().Set("Set-Cookie", "session=x")
				} else {
					j.calls++
				}
			})
		}, nil
	})
}

func TestVisit_ALibraryThatRefusesTheSessionIsNotMeasured(t *testing.T) {
	for _, c := range Cells {
		if _, err := blind().Visit(c); err == nil {
			t.Errorf("%s: a library that does nothing passes", c.Name)
		}
	}
}

func TestCells_ThreeValuesHaveTheBytesOfAHundred(t *testing.T) {
	f := newFloor(randomKey())
	size := func(pairs []Pair) int {
		v := floorValues{q: &floorRequest{f: f}}
		for _, p := range pairs {
			v.Fill(p)
		}
		return len(v.q.s.next)
	}
	if a, b := size(hundred(true)), size(hundredAsThree(true)); a != b || a < manySize*many {
		t.Errorf("they have %d and %d bytes", a, b)
	}
}

func TestP99_IsOfTheRequestsThatWere(t *testing.T) {
	took := make([]time.Duration, 2*latencies)
	for i := range 1000 {
		took[2*i] = time.Duration(1000 - i)
	}
	if got := p99(took); got != 990 {
		t.Errorf("of 1 to 1000 it is %d, want 990", got)
	}
}
