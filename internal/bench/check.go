package bench

import (
	"fmt"
	"slices"
)

// check serves one operation and looks at what came of it, and at what the next request finds: a
// benchmark that measures a refusal is worth nothing.
func (v *Visitor) check() error {
	calls := v.job.calls
	v.job.text = ""
	v.Serve()
	if got := v.job.calls - calls; got != len(v.steps) || got == 0 {
		return fmt.Errorf("%d handlers ran for %d requests", got, len(v.steps))
	}
	first, read, shown := v.cell.Steps[0], v.job.text, slices.Clone(v.job.messages)
	if cookie := v.t.answered(); cookie != "" {
		v.t.bring(cookie)
	}
	v.t.prepare(map[Action]Action{Leave: Read, Read: Read, Change: ReadNumber, Flash: Show}[first], v.job)()
	v.t.bring(v.home)
	switch want := v.text(); {
	case first == Read && read != want:
		return fmt.Errorf("the value read is %q and should be %q", read, want)
	case first == Leave && v.job.text != want:
		return fmt.Errorf("the session left alone has %q and should have %q", v.job.text, want)
	case first == Change && v.job.found != v.job.number:
		return fmt.Errorf("%d was set, and the next request reads %d", v.job.number, v.job.found)
	case first == Flash && !slices.Equal(shown, []string{message}):
		return fmt.Errorf("the messages shown are %q and should be %q", shown, message)
	case first == Flash && len(v.job.messages) != 0:
		return fmt.Errorf("the messages %q are shown twice", v.job.messages)
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
