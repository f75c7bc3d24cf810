package drivertest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/wafer-go/wafer/session/driver"
)

// A flaw is one thing that a driver gets wrong.
type flaw struct {
	name   string
	breaks string // the rules that must fail, by the names of their subtests
	put    func(h *hooks)
}

func changed(h *hooks, f func(w *driver.Write)) {
	h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
		f(&w)
		return h.full.Save(ctx, dst, w)
	}
}

func loaded(h *hooks, f func(s *driver.Snapshot)) {
	h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
		s, err := h.full.Load(ctx, value)
		if err == nil {
			f(&s)
		}
		return s, err
	}
}

// Flaws in Info, Load and Save.
var flaws = []flaw{
	{"ChangesItsName", "Info", func(h *hooks) {
		n := 0
		h.info = func() driver.Info {
			i := h.full.Info()
			n++
			i.Name = fmt.Sprint(i.Name, n)
			return i
		}
	}},
	{"HidesItsStore", "StoreIsNamed", func(h *hooks) {
		h.info = func() driver.Info { i := h.full.Info(); i.Store = nil; return i }
	}},
	{"FirstCookieOfIDs", "FirstCookieOfRecords", func(h *hooks) {
		h.info = func() driver.Info { i := h.full.Info(); i.FirstCookie = true; return i }
	}},
	{"PanicsAtNothing", "HostileValues", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			_ = value[0]
			return h.full.Load(ctx, value)
		}
	}},
	{"FailsForNonsense", "HostileValues ChangedValues", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if errors.Is(err, driver.ErrMalformed) {
				err = errors.New("that is not an ID")
			}
			return s, err
		}
	}},
	{"TakesAnythingForAnEmptySession", "HostileValues ChangedValues Delete Ended Begin OtherCookieName OtherPurpose IDIsNoValue", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if errors.Is(err, driver.ErrRefused) {
				return driver.Snapshot{Payload: "{}"}, nil
			}
			return s, err
		}
	}},
	{"EndedIsNotUnknown", "AdoptEnded", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if errors.Is(err, driver.ErrEnded) {
				err = fmt.Errorf("%w: %w", driver.ErrRefused, driver.ErrEnded)
			}
			return s, err
		}
	}},
	{"SavesWhenItLikes", "Times", func(h *hooks) { changed(h, func(w *driver.Write) { w.At = w.At.Add(time.Minute) }) }},
	{"RoundsUp", "Times", func(h *hooks) { loaded(h, func(s *driver.Snapshot) { s.SavedAt = s.SavedAt.Add(time.Second) }) }},
	{"MakesUpAnEnd", "Times", func(h *hooks) { loaded(h, func(s *driver.Snapshot) { s.ExpiresAt = s.SavedAt.Add(time.Minute) }) }},
	{"JudgesAge", "NoAgeIsJudged", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			if err == nil && time.Since(s.SavedAt) > 24*time.Hour {
				err = driver.ErrExpired
			}
			return s, err
		}
	}},
	{"AcceptsItself", "OwnValuesAreCurrent", func(h *hooks) { loaded(h, func(s *driver.Snapshot) { s.Accepted = true }) }},
	{"DropsNUL", "RoundTrip", func(h *hooks) {
		changed(h, func(w *driver.Write) { w.Payload = bytes.ReplaceAll(w.Payload, []byte(`\u0000`), nil) })
	}},
	{"KnowsNoNaN", "NotJSON", func(h *hooks) {
		changed(h, func(w *driver.Write) { w.Payload = bytes.ReplaceAll(w.Payload, []byte("NaN"), []byte("null")) })
	}},
	{"CutsLargePayloads", "LargePayload", func(h *hooks) {
		changed(h, func(w *driver.Write) { w.Payload = w.Payload[:min(len(w.Payload), 16<<10)] })
	}},
	{"FailsForLargePayloads", "LargePayload", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if len(w.Payload) > 16<<10 {
				return dst, nil, errors.New("the database says: too large")
			}
			return h.full.Save(ctx, dst, w)
		}
	}},
	{"ReplacesDst", "DstIsKept", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			return h.full.Save(ctx, dst[:0], w)
		}
	}},
	{"TouchesDstOnError", "Conflict Ended", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if err != nil {
				out = append(out, '!')
			}
			return out, r, err
		}
	}},
	{"SaysWhereItFailed", "Conflict", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if err != nil {
				r = w.From.Record
			}
			return out, r, err
		}
	}},
	{"QuotesItsValue", "ValueFitsACookie", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, nil, w)
			if err != nil {
				return dst, r, err
			}
			return append(append(append(dst, '"'), out...), '"'), r, err
		}
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			return h.full.Load(ctx, strings.Trim(value, `"`))
		}
	}},
	{"KeepsThePayload", "PayloadIsCopied", func(h *hooks) {
		var mu sync.Mutex
		kept := map[string][]byte{}
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			out, r, err := h.full.Save(ctx, dst, w)
			if err == nil {
				mu.Lock()
				kept[string(out)] = w.Payload
				mu.Unlock()
			}
			return out, r, err
		}
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			s, err := h.full.Load(ctx, value)
			mu.Lock()
			defer mu.Unlock()
			if p, ok := kept[value]; ok && err == nil && !s.Superseded {
				s.Payload = string(p)
			}
			return s, err
		}
	}},
	{"NoRecordFromLoad", "RecordIsLoaded", func(h *hooks) { loaded(h, func(s *driver.Snapshot) { s.Record = nil }) }},
	{"BeginLosesThePayload", "SavedAgain", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if w.Life == driver.Begin {
				w.Payload = []byte("{}")
			}
			return h.full.Save(ctx, dst, w)
		}
	}},
	{"DeletesOnce", "DeleteOfNothing", func(h *hooks) {
		h.remove = func(ctx context.Context, from driver.Snapshot) error {
			if from.Record == nil {
				return driver.ErrUnknown
			}
			return h.full.Delete(ctx, from)
		}
	}},
	{"CanceledIsUnknown", "CanceledContext", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			if ctx.Err() != nil {
				return driver.Snapshot{}, driver.ErrUnknown
			}
			return h.full.Load(ctx, value)
		}
	}},
	{"CanceledIsEnded", "CanceledContext", func(h *hooks) {
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			if ctx.Err() != nil {
				return dst, nil, driver.ErrEnded
			}
			return h.full.Save(ctx, dst, w)
		}
	}},
	{"SpendsNothing", "Budget", func(h *hooks) {
		h.load = func(ctx context.Context, value string) (driver.Snapshot, error) {
			return h.full.Load(context.WithValue(ctx, driver.BudgetKey, nil), value)
		}
	}},
	{"ChargesReload", "ReloadIsNotCharged", func(h *hooks) {
		h.reload = func(ctx context.Context, r driver.Record) (driver.Snapshot, error) {
			if err := driver.Spend(ctx); err != nil {
				return driver.Snapshot{}, err
			}
			return r.Reload(ctx)
		}
	}},
	{"SharesOneSession", "SessionsDiffer ConcurrentSessions", func(h *hooks) {
		var mu sync.Mutex
		var value []byte
		var only driver.Record
		h.save = func(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
			mu.Lock()
			defer mu.Unlock()
			if w.From.Record == nil && only != nil {
				return append(dst, value...), only, nil
			}
			out, r, err := h.full.Save(ctx, dst, w)
			if only == nil && err == nil {
				value, only = slices.Clone(out), r
			}
			return out, r, err
		}
	}},
	{"SharesItsBuffer", "SnapshotIsNotTheCallers", func(h *hooks) {
		var mu sync.Mutex
		var last []byte
		loaded(h, func(s *driver.Snapshot) {
			mu.Lock()
			defer mu.Unlock()
			last = []byte(s.Payload)
			s.Payload = unsafe.String(unsafe.SliceData(last), len(last))
		})
		changed(h, func(w *driver.Write) {
			mu.Lock()
			defer mu.Unlock()
			if bytes.Contains(w.Payload, []byte("a second one")) { // only in the rule's own test, where nothing races
				copy(last, w.Payload)
			}
		})
	}},
}
