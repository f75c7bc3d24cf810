package bench

import (
	"fmt"
	"slices"
)

// check serves one operation and looks at what came of it: a benchmark that
// measures a refusal is worth nothing.
func (v *Visitor) check() error {
	calls := v.job.calls
	v.Serve()
	if got := v.job.calls - calls; got != len(v.steps) {
		return fmt.Errorf("%d handlers ran for %d requests", got, len(v.steps))
	}
	if v.steps == nil {
		return fmt.Errorf("the cell has no request")
	}
	switch v.cell.Steps[0] {
	case Leave:
		return v.expectText()
	case Read:
		if want := v.text(); v.job.text != want {
			return fmt.Errorf("the value read is %q and should be %q", v.job.text, want)
		}
	case Change:
		return v.expectChange()
	case Flash:
		return v.expectFlash()
	}
	return nil
}

// text returns the text at the cell's key.
func (v *Visitor) text() string {
	for _, p := range v.job.fill {
		if p.Key == v.cell.Key {
			return p.Value.(string)
		}
	}
	return ""
}

// expectText reads the value, to see that what was left alone was a session.
func (v *Visitor) expectText() error {
	v.t.prepare(Read, v.job)()
	if want := v.text(); v.job.text != want {
		return fmt.Errorf("the session left alone has %q and should have %q", v.job.text, want)
	}
	return nil
}

func (v *Visitor) expectChange() error {
	if cookie := v.t.answered(); cookie != "" {
		v.t.bring(cookie)
	}
	v.t.prepare(ReadNumber, v.job)()
	v.t.bring(v.home)
	if v.job.found != v.job.number {
		return fmt.Errorf("%d was set, and the next request reads %d", v.job.number, v.job.found)
	}
	return nil
}

func (v *Visitor) expectFlash() error {
	if want := []string{message}; !slices.Equal(v.job.messages, want) {
		return fmt.Errorf("the messages shown are %q and should be %q", v.job.messages, want)
	}
	if cookie := v.t.answered(); cookie != "" {
		v.t.bring(cookie)
	}
	v.t.prepare(Show, v.job)()
	v.t.bring(v.home)
	if len(v.job.messages) != 0 {
		return fmt.Errorf("the messages %q are shown twice", v.job.messages)
	}
	return nil
}
