package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// clients are visitors in a process of their own. In the server's, their goroutines and its would
// wait for each other. They are either a crowd, or come now and then.
type clients struct {
	URLs    []string
	Cookies []string
	Path    string

	Crowd int           // how many requests are under way at once, until the process is to end
	Pause time.Duration // from the answer to one of them to the next

	// Without a crowd, each visitor sends two requests at once, and two more after each Every.
	Every, Spell time.Duration
}

// figures are what some clients have measured.
type figures struct {
	Latencies    []time.Duration // of requests from when they were due, if they came now and then
	Took         time.Duration
	Answered     []int // how many requests with each cookie were answered with 200
	Failed       int
	FirstFailure string
}

func (f *figures) add(more figures) {
	f.Latencies, f.Took, f.Failed = append(f.Latencies, more.Latencies...), f.Took+more.Took, f.Failed+more.Failed
	if f.FirstFailure == "" {
		f.FirstFailure = more.FirstFailure
	}
	f.Answered = append(f.Answered, more.Answered...)
}

func (f *figures) answered() (all int) {
	for _, n := range f.Answered {
		all += n
	}
	return all
}

// rate returns how many requests a second were answered.
func (f *figures) rate() float64 { return float64(f.answered()) / f.Took.Seconds() }

// childVariable is set in the environment of a process of clients.
const childVariable = "WAFER_HOT_CLIENTS"

// underWay is what a crowd says once each of its requests was answered for the first time.
const underWay = "under way"

// beClients runs the clients that this process was started for, and reports whether it was. The
// input says which; a crowd ends with it. The output is what they have measured.
func beClients() bool {
	if os.Getenv(childVariable) == "" {
		return false
	}
	var c clients
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	err := in.Decode(&c)
	if err == nil {
		var f *figures
		if c.Crowd > 0 {
			var over atomic.Bool
			go func() {
				_, _ = io.Copy(io.Discard, os.Stdin)
				over.Store(true)
			}()
			f = c.crowd(func() { _ = out.Encode(underWay) }, over.Load)
		} else {
			f = c.visit()
		}
		err = out.Encode(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
	return true
}

// visitors returns one for each cookie.
func (c *clients) visitors() (all []*visitor) {
	at := connected(c.URLs)
	for _, cookie := range c.Cookies {
		all = append(all, &visitor{sites: at, cookie: cookie})
	}
	return all
}

// A tally is kept by several goroutines.
type tally struct {
	mu sync.Mutex
	figures
	began time.Time
}

func (c *clients) newTally() *tally {
	return &tally{figures: figures{Answered: make([]int, len(c.Cookies))}, began: time.Now()}
}

// note counts a request of the i-th visitor.
func (t *tally) note(i int, err error, latency ...time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Latencies = append(t.Latencies, latency...)
	switch {
	case err == nil:
		t.Answered[i]++
	case t.Failed == 0:
		t.FirstFailure = err.Error()
		fallthrough
	default:
		t.Failed++
	}
}

func (t *tally) end() *figures {
	t.Took = time.Since(t.began)
	return &t.figures
}

// crowd keeps requests under way until it is over. One that fails ends the goroutine that sent it.
func (c *clients) crowd(underWay func(), over func() bool) *figures {
	all, t := c.visitors(), c.newTally()
	var first, group sync.WaitGroup
	for i := range c.Crowd {
		first.Add(1)
		group.Go(func() {
			who := i % len(all)
			_, err := all[who].ask(context.Background(), c.Path)
			for first.Done(); ; _, err = all[who].ask(context.Background(), c.Path) {
				if t.note(who, err); err != nil || over() {
					return
				}
				time.Sleep(c.Pause)
			}
		})
	}
	first.Wait()
	underWay()
	group.Wait()
	return t.end()
}

// visit has each visitor send two requests at once, again and again.
func (c *clients) visit() *figures {
	all, t := c.visitors(), c.newTally()
	var group sync.WaitGroup
	for i, v := range all {
		group.Go(func() {
			first := t.began.Add(c.Every * time.Duration(i) / time.Duration(len(all)))
			for due := first; due.Before(t.began.Add(c.Spell)); due = due.Add(c.Every) {
				time.Sleep(time.Until(due))
				var pair sync.WaitGroup
				for range 2 {
					pair.Go(func() {
						_, err := v.ask(context.Background(), c.Path)
						t.note(i, err, time.Since(due)) // also what the pair before it took too long
					})
				}
				pair.Wait()
			}
		})
	}
	group.Wait()
	return t.end()
}

// A process runs clients.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
	err bytes.Buffer
}

// start starts clients in a process of their own. Of a crowd, all requests are under way then.
func (c clients) start(ctx context.Context) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.CommandContext(ctx, program)}
	p.cmd.Env = append(os.Environ(), childVariable+"=yes")
	p.cmd.Stderr = &p.err
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err = json.NewEncoder(p.in).Encode(c); err == nil && c.Crowd > 0 {
		var says string
		err = p.out.Decode(&says)
	}
	if err != nil {
		_, ended := p.end()
		return nil, errors.Join(err, ended)
	}
	return p, nil
}

// end ends a crowd, or waits until the other clients have come for long enough.
func (p *process) end() (f figures, err error) {
	_ = p.in.Close()
	err = p.out.Decode(&f)
	if ended := p.cmd.Wait(); ended != nil || err != nil {
		return f, fmt.Errorf("the process of the clients: %w: %s", errors.Join(err, ended), p.err.Bytes())
	}
	return f, nil
}
