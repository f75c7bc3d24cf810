package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A flaw is one thing that a store gets wrong.
type flaw struct {
	name   string
	breaks string // the rules that must fail, by the names of their subtests
	may    string // those that may, since they race
	put    func(h *hooks)
}

// Flaws in Load, Save and Delete.
var flaws = []flaw{
	{name: "LoadOfNothingIsEmpty", breaks: "DeleteOwnedBesideMove LoadOfNothing SaveNeedsTheRecord SaveAfterDelete ChangeIsSeen Delete DeletedStaysDeleted TouchOfNothing " +
		"TouchLosesNoUpdate MoveOnlyThatVersion MoveOfNothing OneMoverWins DeleteOwned TooLarge Expiry/Load " +
		"Expiry/Past Expiry/SaveReplaces Expiry/SaveProlongs Expiry/Delete Expiry/Touch Expiry/MoveFrom DeleteOne OneDeleterWins Expiry/Mark", may: "TooLarge MoveLosesNoUpdate DeleteOneBesideSave DeleteOneBesideMove", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			if errors.Is(err, store.ErrNotFound) {
				return store.Record{}, nil
			}
			return r, err
		}
	}},
	{name: "CreateForgetsWhenItWasUsed", breaks: "SaveCreates", may: "*", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if r.Version == 0 {
				r.Used = time.Time{}
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "CreateReplaces", breaks: "SaveCreatesOnlyIfNew OneCreatorWins OwnerOfRefusedSave", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if r.Version == 0 && ctx.Err() == nil {
				h.mapStore.Delete(ctx, id)
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "CreateChecksFirst", breaks: "OneCreatorWins", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			_, err := h.mapStore.Load(ctx, id)
			if r.Version == 0 && errors.Is(err, store.ErrNotFound) {
				runtime.Gosched()
				time.Sleep(time.Microsecond)
				h.mapStore.Delete(ctx, id)
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "VersionIsNotCompared", breaks: "SaveKeepsTheNonce SaveReplacesOnlyThatVersion NoUpdateIsLost OwnerOfRefusedSave Move", may: "DeletedStaysDeleted TouchLosesNoUpdate MoveLosesNoUpdate", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, id); err == nil && r.Version != 0 {
				r.Version = old.Version
				time.Sleep(time.Microsecond)
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "LowerVersionsOnly", breaks: "SaveReplacesOnlyThatVersion OwnerOfRefusedSave", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, id); err == nil && r.Version > old.Version {
				r.Version = old.Version
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "ComparesThenSaves", breaks: "NoUpdateIsLost", may: "DeletedStaysDeleted TouchLosesNoUpdate MoveLosesNoUpdate OneCreatorWins", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if err := h.lock(ctx); err != nil {
				return 0, err
			}
			err := h.check(id, r.Version)
			h.mu.Unlock()
			if err != nil {
				return 0, err
			}
			time.Sleep(time.Microsecond)
			h.mu.Lock()
			defer h.mu.Unlock()
			if r.Version != 0 {
				if _, there := h.find(id); !there {
					return 0, store.ErrNotFound
				}
			} else if _, there := h.find(id); there {
				return 0, store.ErrConflict
			}
			return h.put(id, r), nil
		}
	}},
	{name: "BringsBack", breaks: "SaveNeedsTheRecord SaveAfterDelete DeletedStaysDeleted DeleteOwned Expiry/SaveReplaces DeleteOne", may: "DeleteOneBesideSave MoveLosesNoUpdate", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			time.Sleep(time.Microsecond)
			v, err := h.mapStore.Save(ctx, id, r)
			if errors.Is(err, store.ErrNotFound) {
				r.Version = 0
				return h.mapStore.Save(ctx, id, r)
			}
			return v, err
		}
	}},
	{name: "NotFoundIsConflict", breaks: "SaveNeedsTheRecord SaveAfterDelete DeleteOwned Expiry/SaveReplaces DeleteOne", may: "DeletedStaysDeleted", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if errors.Is(err, store.ErrNotFound) {
				return 0, store.ErrConflict
			}
			return v, err
		}
	}},
	{name: "KeepsTheOldOwner", breaks: "SaveReplaces OwnerIsKept OwnerChanges", may: "DeleteOneBesideSave", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, id); err == nil {
				r.Owner = old.Owner
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "KeepsTheOldTimes", breaks: "SaveReplaces Expiry/Past Expiry/SaveProlongs Expiry/PurgeKeepsTheLiving", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if old, err := h.mapStore.Load(ctx, id); err == nil {
				r.Used, r.Expires = old.Used, old.Expires
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "TellsTheOldVersion", breaks: "SaveReplaces SaveReplacesOnlyThatVersion VersionChanges ChangeIsSeen EmptyData OneMebibyte SavedDataIsCopied " +
		"OwnerIsKept OwnerChanges Touch Move MoveOnlyThatVersion AllHoldsNobodyUp Expiry/SaveProlongs " +
		"Expiry/PurgeKeepsTheLiving TouchOnlyThatVersion", may: "AllHoldsNobodyUp MoveOnlyThatVersion", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if err == nil && r.Version != 0 {
				v = r.Version
			}
			return v, err
		}
	}},
	{name: "LoadsFromACache", breaks: "ChangeIsSeen", put: func(h *hooks) {
		h.load = staleOnce(h)
	}},
	{name: "RoundsUp", breaks: "TimesToTheSecond", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			r.Used = r.Used.Round(time.Second)
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "LocalTime", breaks: "TimesToTheSecond", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			r.Used = r.Used.In(time.FixedZone("here", 3600))
			return r, err
		}
	}},
	{name: "DeleteOfNothingFails", breaks: "DeleteOfNothing Expiry/Delete", put: func(h *hooks) {
		h.del = func(ctx context.Context, id store.ID) error {
			if _, err := h.mapStore.Load(ctx, id); err != nil {
				return err
			}
			return h.mapStore.Delete(ctx, id)
		}
	}},
	{name: "DeletesByPrefix", breaks: "DeleteOfOne", put: func(h *hooks) {
		h.del = func(ctx context.Context, id store.ID) error {
			if err := h.lock(ctx); err != nil {
				return err
			}
			defer h.mu.Unlock()
			for other := range h.records {
				if bytes.HasPrefix(other[:], id[:16]) {
					delete(h.records, other)
				}
			}
			return nil
		}
	}},
	{name: "MixesRecords", breaks: "RecordsDoNotMix", put: func(h *hooks) {
		var last store.Record // of whoever was here before
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			h.mu.Lock()
			defer h.mu.Unlock()
			if bytes.HasPrefix(last.Data, []byte("of ")) && len(last.Data) == 67 && err == nil {
				r.Data = last.Data
			}
			last = r
			return r, err
		}
	}},
}

// staleOnce returns a Load that shows a record as it was, for one call after a
// certain Save.
func staleOnce(h *hooks) func(ctx context.Context, id store.ID) (store.Record, error) {
	count := map[store.ID]int{}
	return func(ctx context.Context, id store.ID) (store.Record, error) {
		r, err := h.mapStore.Load(ctx, id)
		if err != nil || len(r.Data) != 29 || r.Data[0] != 28 {
			return r, err
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if count[id]++; count[id] == 1 {
			r.Data = bytes.Repeat([]byte{27}, 28)
		}
		return r, nil
	}
}

// Flaws in what is kept of the data, and in errors.
var dataFlaws = []flaw{
	{name: "NoEmptyData", breaks: "EmptyData MoveKeepsAnyBytes", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			r, err := h.mapStore.Load(ctx, id)
			if err == nil && len(r.Data) == 0 {
				r.Data = []byte("null")
			}
			return r, err
		}
	}},
	{name: "TextOnly", breaks: "AnyBytes", may: "OneMebibyte", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if len(r.Data) < 1000 {
				r.Data = bytes.ToValidUTF8(r.Data, []byte("?"))
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "CutsShort", breaks: "OneMebibyte TooLarge", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			r.Data = r.Data[:min(len(r.Data), 65535)]
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "CutsVeryLargeShort", breaks: "TooLarge", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			r.Data = r.Data[:min(len(r.Data), 1<<24-1)]
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "TooLargeIsAnotherError", breaks: "TooLarge", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if len(r.Data) > 1<<20 {
				return 0, errors.New("packet too large")
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "TooLargeDeletes", breaks: "TooLarge", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if len(r.Data) > 1<<20 {
				h.mapStore.Delete(ctx, id)
				return 0, store.ErrTooLarge
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "KeepsTheCallersBytes", breaks: "SavedDataIsCopied", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if err := h.lock(ctx); err != nil {
				return 0, err
			}
			defer h.mu.Unlock()
			if err := h.check(id, r.Version); err != nil {
				return 0, err
			}
			v := h.put(id, r)
			kept := h.records[id]
			kept.Data = r.Data
			h.records[id] = kept
			return v, nil
		}
	}},
	{name: "WritesBehindTheData", breaks: "SavedDataIsNotWritten", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if cap(r.Data) > len(r.Data) {
				_ = append(r.Data, 0)
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "ReturnsItsOwnBytes", breaks: "LoadedDataIsNotShared", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			if err := h.lock(ctx); err != nil {
				return store.Record{}, err
			}
			defer h.mu.Unlock()
			r, ok := h.find(id)
			if !ok {
				return store.Record{}, store.ErrNotFound
			}
			return r, nil
		}
	}},
	{name: "DataInErrors", breaks: "ErrorsHoldNoData", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(ctx, id, r)
			if err != nil {
				err = fmt.Errorf("INSERT %x: %w", r.Data[:min(len(r.Data), 100)], err)
			}
			return v, err
		}
	}},
	{name: "OwnersAreFolded", breaks: "OwnerIsKept OwnersAreExact", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			if strings.HasSuffix(r.Owner, "Ann") {
				r.Owner = strings.TrimSuffix(r.Owner, "Ann") + "ann"
			}
			return h.mapStore.Save(ctx, id, r)
		}
	}},
	{name: "OwnersAreTrimmed", breaks: "OwnersAreExact", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			if owner == "" {
				return h.mapStore.Owned(ctx, owner)
			}
			return h.each(ctx, func(e store.Entry) bool { return strings.TrimRight(e.Owner, " ") == strings.TrimRight(owner, " ") })
		}
	}},
	{name: "OwnersAreCutShort", breaks: "OwnerIsKept OwnersAreExact", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			r.Owner = r.Owner[:min(len(r.Owner), 254)]
			return h.mapStore.Save(ctx, id, r)
		}
	}},
}

// all is All of a store that does not look at its context.
func all(s *mapStore) iter.Seq2[store.Entry, error] { return s.All(context.Background()) }

var contextFlaws = []flaw{
	{name: "ContextOfLoadIgnored", breaks: "ContextOfLoad", put: func(h *hooks) {
		h.load = func(_ context.Context, id store.ID) (store.Record, error) {
			return h.mapStore.Load(context.Background(), id)
		}
	}},
	{name: "ContextOfSaveIgnored", breaks: "ContextOfSave", put: func(h *hooks) {
		h.save = func(_ context.Context, id store.ID, r store.Record) (uint64, error) {
			return h.mapStore.Save(context.Background(), id, r)
		}
	}},
	{name: "SaveFailsAndSaves", breaks: "ContextOfSave", put: func(h *hooks) {
		h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
			v, err := h.mapStore.Save(context.Background(), id, r)
			return v, errors.Join(ctx.Err(), err)
		}
	}},
	{name: "ContextNotWrapped", breaks: "ContextOfLoad", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			if err := ctx.Err(); err != nil {
				return store.Record{}, errors.New(err.Error())
			}
			return h.mapStore.Load(ctx, id)
		}
	}},
	{name: "DeadlineIsCancel", breaks: "ContextOfPing", put: func(h *hooks) {
		h.ping = func(ctx context.Context) error {
			if ctx.Err() != nil {
				return context.Canceled
			}
			return nil
		}
	}},
	{name: "ContextOfDeleteIgnored", breaks: "ContextOfDelete", put: func(h *hooks) {
		h.del = func(_ context.Context, id store.ID) error { return h.mapStore.Delete(context.Background(), id) }
	}},
	{name: "ContextOfTouchIgnored", breaks: "ContextOfTouch", put: func(h *hooks) {
		h.touch = func(_ context.Context, id store.ID, version uint64, used, expires time.Time) error {
			return h.mapStore.Touch(context.Background(), id, version, used, expires)
		}
	}},
	{name: "ContextOfMoveIgnored", breaks: "ContextOfMove", put: func(h *hooks) {
		h.move = func(_ context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			return h.mapStore.Move(context.Background(), from, to, r, mark)
		}
	}},
	{name: "ContextOfOwnedIgnored", breaks: "ContextOfOwned ContextEndsOwned", put: func(h *hooks) {
		h.owned = func(_ context.Context, owner string) iter.Seq2[store.Entry, error] {
			return h.mapStore.Owned(context.Background(), owner)
		}
	}},
	{name: "ContextOfOwnedOnlyAtFirst", breaks: "ContextEndsOwned", put: func(h *hooks) {
		h.owned = func(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
			if ctx.Err() != nil {
				return h.mapStore.Owned(ctx, owner)
			}
			return h.mapStore.Owned(context.Background(), owner)
		}
	}},
	{name: "ContextOfDeleteOwnedIgnored", breaks: "ContextOfDeleteOwned", put: func(h *hooks) {
		h.deleteOwned = func(_ context.Context, owner string, except ...store.ID) (int, error) {
			return h.mapStore.DeleteOwned(context.Background(), owner, except...)
		}
	}},
	{name: "ContextOfDeleteOneIgnored", breaks: "ContextOfDeleteOne", put: func(h *hooks) {
		h.deleteOne = func(_ context.Context, owner string, id store.ID) (bool, error) {
			return h.mapStore.DeleteOne(context.Background(), owner, id)
		}
	}},
	{name: "ContextOfAllIgnored", breaks: "ContextOfAll ContextEndsAll", put: func(h *hooks) {
		h.all = func(context.Context) iter.Seq2[store.Entry, error] { return all(h.mapStore) }
	}},
	{name: "ContextOfAllOnlyAtFirst", breaks: "ContextEndsAll", put: func(h *hooks) {
		h.all = func(ctx context.Context) iter.Seq2[store.Entry, error] {
			if ctx.Err() != nil {
				return h.mapStore.All(ctx)
			}
			return all(h.mapStore)
		}
	}},
	{name: "ContextOfPurgeIgnored", breaks: "ContextOfPurge", put: func(h *hooks) {
		h.purge = func(_ context.Context, limit int) (int, error) { return h.mapStore.Purge(context.Background(), limit) }
	}},
	{name: "PingFails", breaks: "Ping", put: func(h *hooks) {
		h.ping = func(ctx context.Context) error { return errors.Join(ctx.Err(), errors.New("out of reach")) }
	}},
	{name: "NowIsBehind", breaks: "Expiry/Clock", put: func(h *hooks) {
		h.now = func(context.Context) (time.Time, error) { return time.Now().Add(-time.Minute), nil }
	}},
	{name: "NowIsAhead", breaks: "Expiry/Clock", put: func(h *hooks) {
		h.now = func(context.Context) (time.Time, error) { return time.Now().Add(time.Minute), nil }
	}},
	{name: "NowFails", breaks: "Expiry/Clock", put: func(h *hooks) {
		h.now = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("out of reach") }
	}},
	{name: "GoroutineLeft", breaks: "LeavesNoGoroutine", put: func(h *hooks) {
		h.load = func(ctx context.Context, id store.ID) (store.Record, error) {
			if ctx.Err() != nil {
				go func() { select {} }()
			}
			return h.mapStore.Load(ctx, id)
		}
	}},
}
