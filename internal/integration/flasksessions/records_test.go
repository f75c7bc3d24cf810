package flasksessions

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
	"github.com/wafer-go/wafer/session/driver"
)

// twice sends each command again, as a client does that lost the answer.
type twice struct{ *redis.Client }

func (c twice) Do(ctx context.Context, args ...any) *redis.Cmd {
	_ = c.Client.Do(ctx, args...)
	return c.Client.Do(ctx, args...)
}

// A change that Redis gets twice is made once, and is not a conflict with itself.
func TestRedis_ChangesThatAreSentAgain(t *testing.T) {
	records, key := flasksession.Redis(twice{redisClient()}), "session:"+rand.Text()
	at := func(data string) flasksession.Record {
		return flasksession.Record{Data: []byte(data), Expires: time.Now().Add(time.Minute)}
	}
	for what, err := range map[string]error{
		"creating":  records.Swap(t.Context(), key, nil, at("a")),
		"replacing": records.Swap(t.Context(), key, []byte("a"), at("b")),
		"retiring":  records.Retire(t.Context(), key, []byte("b"), key+":word", at("c")),
		"deleting":  records.Delete(t.Context(), key),
	} {
		if err != nil {
			t.Errorf("%s twice: %v", what, err)
		}
	}
	if r, err := records.Load(t.Context(), key+":word"); err != nil || string(r.Data) != "c" {
		t.Errorf("the word is %q (%v)", r.Data, err)
	}
	if err := records.Swap(t.Context(), key, []byte("b"), at("d")); !errors.Is(err, driver.ErrEnded) {
		t.Errorf("after that, another change is the error %v", err)
	}
}

// An ID in other letters is another ID, also where the database compares texts without case.
func TestRecords_TellIDsInOtherCaseApart(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place, _ string) {
		key := "session:aA" + rand.Text()
		next := flasksession.Record{Data: []byte("x"), Expires: time.Now().Add(time.Hour)}
		if err := p.records.Swap(t.Context(), key, nil, next); err != nil {
			t.Fatal(err)
		}
		if r, err := p.records.Load(t.Context(), strings.ToUpper(key)); err != nil || r.Data != nil {
			t.Errorf("under another key there is %q (%v)", r.Data, err)
		}
	})
}

func TestSQLRecords_DeleteExpired(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place, _ string) {
		records, ok := p.records.(*sqlrecords.Records)
		if !ok {
			return // the engine deletes them itself
		}
		last, over := "session:"+rand.Text(), "session:"+rand.Text()
		for key, expires := range map[string]time.Time{last: time.Now().Add(time.Hour), over: time.Now().Add(-time.Second)} {
			if err := records.Swap(t.Context(), key, nil, flasksession.Record{Data: []byte(key), Expires: expires}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := records.DeleteExpired(t.Context()); n < 1 || err != nil {
			t.Errorf("DeleteExpired returned %d, %v", n, err)
		}
		if r, err := records.Load(t.Context(), last); err != nil || string(r.Data) != last {
			t.Errorf("of the one that lasts there is %q (%v)", r.Data, err)
		}
		if r, err := records.Load(t.Context(), over); err != nil || r.Data != nil {
			t.Errorf("of the one that has expired there is %q (%v)", r.Data, err)
		}
	})
}

// What a session left is there until it expires, also if another request tries to move the session on
// too. Flask-Session before 0.6 gives an ID to another session, which can be moved on as well.
func TestRecords_KeepWhatASessionLeft(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place, _ string) {
		key := "session:" + rand.Text()
		name := "wafer:{" + key + "}:moved"
		at := func(data string) flasksession.Record {
			return flasksession.Record{Data: []byte(data), Expires: time.Now().Add(time.Minute)}
		}
		for range 2 {
			err := driver.ErrConflict
			for try := 0; err != nil && try < 100; try++ { // memcached frees a key after a second
				time.Sleep(time.Duration(min(try, 1)) * 50 * time.Millisecond)
				err = p.records.Swap(t.Context(), key, nil, at("a session"))
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := p.records.Retire(t.Context(), key, []byte("another"), name, at("too early")); !errors.Is(err, driver.ErrConflict) {
				t.Errorf("Retire of a record that changed returned %v", err)
			}
			if err := p.records.Retire(t.Context(), key, []byte("a session"), name, at("word")); err != nil {
				t.Fatal(err)
			}
			if err := p.records.Retire(t.Context(), key, []byte("a session"), name, at("too late")); !errors.Is(err, driver.ErrEnded) {
				t.Errorf("Retire of a record that is gone returned %v", err)
			}
			if r, err := p.records.Load(t.Context(), name); err != nil || string(r.Data) != "word" {
				t.Errorf("the session left %q (%v)", r.Data, err)
			}
		}
	})
}
