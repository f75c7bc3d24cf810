package subject

import (
	"net/http"
	"strings"
	"testing"
)

// all are the subjects that need no server.
func all() []*Subject {
	subjects := []*Subject{Floor(), SCS(), Gorilla(), Gin(), Fiber()}
	for _, s := range Wafers() {
		if s.Name != "wafer-redis" {
			subjects = append(subjects, s)
		}
	}
	return subjects
}

func TestEverySubjectDoesWhatEachCellSays(t *testing.T) {
	for _, s := range all() {
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

func TestALibraryThatRefusesTheSessionIsNotMeasured(t *testing.T) {
	for _, c := range Cells {
		if _, err := blind().Visit(c); err == nil {
			t.Errorf("%s: a library that does nothing passes", c.Name)
		}
	}
}

func TestTheSessionOfThreeValuesHasTheBytesOfTheOneOfAHundred(t *testing.T) {
	if a, b := len(floorPayload(hundred(true))), len(floorPayload(hundredAsThree(true))); a != b {
		t.Errorf("they have %d and %d bytes", a, b)
	}
}

func TestAnUnknownNameIsAnErrorThatListsTheKnown(t *testing.T) {
	if _, err := FindCells("read,raed"); err == nil || !strings.Contains(err.Error(), "large-read") {
		t.Errorf("the error is %v", err)
	}
}
