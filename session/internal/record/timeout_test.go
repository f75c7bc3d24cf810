package record

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type keyOfTest struct{}

// It is as context.WithTimeout returns it, whether someone waits for its end from the beginning,
// later, or never.
func TestTimeout_EndsAsOneOfPackageContextDoes(t *testing.T) {
	for _, waits := range []bool{true, false} {
		for what, tt := range map[string]struct {
			after time.Duration
			end   bool
			want  error
		}{
			"under way": {time.Minute - 1, false, nil},
			"too late":  {time.Minute, false, context.DeadlineExceeded},
			"over":      {time.Second, true, context.Canceled},
		} {
			synctest.Test(t, func(t *testing.T) {
				request, leave := context.WithCancel(context.WithValue(t.Context(), keyOfTest{}, "value"))
				ctx := newTimeout(request, time.Minute)
				leave()
				if waits {
					_ = ctx.Done()
				}
				if at, ok := ctx.Deadline(); !ok || time.Until(at) != time.Minute {
					t.Errorf("it ends at %v", at)
				}
				time.Sleep(tt.after)
				synctest.Wait()
				if tt.end {
					ctx.end()
				}
				if got := ctx.Err(); got != tt.want {
					t.Errorf("%s, someone waits: %t: %v", what, waits, got)
				}
				select {
				case <-ctx.Done():
					if tt.want == nil {
						t.Errorf("%s: it is done", what)
					}
				default:
					if tt.want != nil {
						t.Errorf("%s: it is not done", what)
					}
				}
				if got := context.Cause(ctx); !errors.Is(got, tt.want) {
					t.Errorf("%s: the cause is %v", what, got)
				}
				if said := fmt.Sprint(ctx); !strings.Contains(said, "WithoutCancel") || !strings.Contains(said, " until ") {
					t.Errorf("%s: it is printed as %s", what, said)
				}
				if ctx.Value(keyOfTest{}) != "value" {
					t.Errorf("%s: it does not have the request's value", what)
				}
				ctx.end()
				time.Sleep(time.Hour)
				if got := ctx.Err(); got == nil || tt.want != nil && got != tt.want {
					t.Errorf("%s, someone waits: %t: an hour after the call: %v", what, waits, got)
				}
			})
		}
	}
}

// What clients of engines derive from it ends with it, and costs no goroutine.
func TestTimeout_WhatIsDerivedEndsWithIt(t *testing.T) {
	for what, end := range map[string]func(*timeout){
		"over": (*timeout).end, "too late": func(*timeout) { time.Sleep(time.Minute) },
	} {
		synctest.Test(t, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx := newTimeout(t.Context(), time.Minute)
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			called := false
			context.AfterFunc(ctx, func() { called = true })
			if child.Err() != nil || runtime.NumGoroutine() != before {
				t.Errorf("%s: it has ended already: %v; or costs goroutines: %d", what, child.Err(), runtime.NumGoroutine()-before)
			}
			end(ctx)
			synctest.Wait()
			if child.Err() == nil || !called {
				t.Errorf("%s: what is derived has ended: %v, was called: %t", what, child.Err(), called)
			}
			ctx.end()
		})
	}
}
