package flasksession_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// hostile are records that no Flask-Session wrote, with a word of the reason for refusing them.
func hostile() map[string][2]string {
	nested := strings.Repeat
	return map[string][2]string{
		// MessagePack
		"a list of 4 billion":         {"\x81\xa1a\xdd\xff\xff\xff\xff", "declares"},
		"a map of 4 billion":          {"\xdf\xff\xff\xff\xff\xa1a", "declares"},
		"a text of 4 GB":              {"\x81\xa1a\xdb\xff\xff\xff\xffx", "too soon"},
		"bytes of 4 GB":               {"\x81\xa1a\xc6\xff\xff\xff\xffx", "too soon"},
		"an extension of 4 GB":        {"\x81\xa1a\xc9\xff\xff\xff\xff\xffx", "too soon"},
		"lists in lists":              {"\x81\xa1a" + nested("\x91", 1000) + "\xc0", "too deeply"},
		"maps in maps":                {"\x81\xa1a" + nested("\x81\xa0", 1000) + "\xc0", "too deeply"},
		"more behind its end":         {"\x81\xa1a\xc0\xc0", "behind its end"},
		"text that is not UTF-8":      {"\x81\xa1a\xa2\xff\xfe", "UTF-8"},
		"the byte that is never used": {"\x81\xa1a\xc1", "not MessagePack"},
		"a map without its values":    {"\x82\xa1a\xc0", "declares"},
		"a list for a session":        {"\x93\x01\x02\x03", "stack"}, // MessagePack's begin as maps, so it is read as a pickle

		// Pickle
		"os.system":                 {"cos\nsystem\n(S'id'\ntR.", "plain data"},
		"os.system, protocol 4":     {"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "plain data"},
		"builtins.eval":             {"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R.", "plain data"},
		"an instance":               {"(i__main__\nX\n.", "opcode"},
		"an object of a class":      {"(cuuid\nUUID\no.", "opcode"},
		"a persistent ID":           {"\x80\x04K\x01Q.", "opcode"},
		"an extension registry":     {"\x80\x04\x82\x01.", "opcode"},
		"an opcode of protocol 5":   {"\x80\x05\x97.", "opcode"},
		"a protocol to come":        {"\x80\x06}.", "protocol is 6"},
		"text of 9 EB":              {"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fx.", "too soon"},
		"bytes of 4 GB, pickled":    {"\x80\x04B\xff\xff\xff\xffx.", "too soon"},
		"a frame of 9 EB":           {"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}.", "too soon"},
		"an integer of 4 GB":        {"\x80\x04\x8b\xff\xff\xff\x7f\x01.", "too soon"},
		"a memo of 4 billion":       {"\x80\x04}r\xff\xff\xff\xff.", "memo"},
		"a memo that is not there":  {"\x80\x04}h\x07.", "memo"},
		"lists in lists, pickled":   {"\x80\x04}\x8c\x01a" + nested("]", 1000) + nested("a", 999) + "s.", "too deeply"},
		"a list in itself":          {"\x80\x04}\x8c\x01a]\x94h\x00as.", "too deeply"},
		"a dict in itself":          {"\x80\x04}\x94\x8c\x01ah\x00s.", "too deeply"},
		"a stack that is empty":     {"\x80\x04.", "ends with 0"},
		"two values":                {"\x80\x04}}.", "ends with 2"},
		"an element of nothing":     {"\x80\x04a.", "stack"},
		"a mark and no values":      {"\x80\x04(.", "ends"},
		"a key without a value":     {"\x80\x04}(\x8c\x01au.", "without a value"},
		"a list for a pickle":       {"\x80\x04].", "not a dict"},
		"a class for a value":       {"\x80\x04}\x8c\x01a\x8c\x04uuid\x8c\x04UUID\x93s.", "a class"},
		"Markup of a list":          {"\x80\x04}\x8c\x01a\x8c\x0amarkupsafe\x8c\x06Markup\x93]\x85\x81s.", "do not fit"},
		"the 32nd of the 13th":      {"\x80\x04}\x8c\x01a\x8c\x08datetime\x8c\x08datetime\x93C\x0a\x07\xe8\x0d\x20\x00\x00\x00\x00\x00\x00\x85Rs.", "do not fit"},
		"a zone of a year":          {"\x80\x04}\x8c\x01a\x8c\x08datetime\x8c\x08timezone\x93\x8c\x08datetime\x8c\x09timedelta\x93M\x6d\x01K\x00K\x00\x87R\x85Rs.", "do not fit"},
		"a UUID of 129 bits":        {"\x80\x04}\x8c\x01a\x8c\x04uuid\x8c\x04UUID\x93)\x81}\x8c\x03int\x8a\x12" + nested("\x7f", 18) + "sbs.", "do not fit"},
		"digits without end":        {"(dV1\nL" + nested("9", 5000) + "L\ns.", "digits"},
		"a repetition by reference": {doubling(30), "references"},

		// Others
		"nothing":           {"", "empty"},
		"text":              {"user=ada", "stack"},
		"broken JSON":       {`{"a":`, "JSON"},
		"a JSON list":       {` []`, "JSON"},
		"cachelib of other": {"!\x80\x04].", "not a dict"},
	}
}

// doubling is a pickle of n lists, each of which has the one before twice.
func doubling(n int) string {
	b := []byte("\x80\x04}(\x8c\x01k]\x94K\x01a")
	for i := range n {
		b = append(b, 0x8c, 1, 'k', ']', 0x94, '(', 'h', byte(i), 'h', byte(i), 'e')
	}
	return string(append(b, "u."...))
}

func TestLoad_RefusesHostileRecords(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			_, d := open(t, []byte(c[0]), flasksession.MessagePack)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s, err := d.Load(t.Context(), id)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, driver.ErrBadPayload) || !strings.Contains(err.Error(), c[1]) {
				t.Errorf("Load returned %q and the error %v, which should say %q", s.Payload, err, c[1])
			}
			if took, most := after.TotalAlloc-before.TotalAlloc, uint64(16<<10+160*len(c[0])); took > most {
				t.Errorf("a record of %d bytes took %d bytes of memory, and %d are enough", len(c[0]), took, most)
			}
		})
	}
}

// A record that was cut, or of which a byte was changed, is read or refused. It costs no more memory than
// its size explains.
func TestLoad_OfChangedRecords(t *testing.T) {
	read, refused := 0, 0
	check := func(data []byte) {
		_, d := open(t, data, flasksession.MessagePack)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := d.Load(t.Context(), id)
		runtime.ReadMemStats(&after)
		switch {
		case err == nil:
			read++
		case errors.Is(err, driver.ErrRefused):
			refused++
		default:
			t.Fatalf("Load of %q returned %v", data, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(16<<10+160*len(data)) {
			t.Fatalf("%q, of %d bytes, took %d bytes of memory", data, len(data), took)
		}
	}
	for _, v := range vectors(t) {
		if v.Name != "plain" && v.Name != "tagged" && v.Name != "precise" && v.Name != "keys" && v.Name != "shared" {
			continue
		}
		data := v.data(t)
		for i := range data {
			check(data[:i])
			for _, to := range []byte{data[i] ^ 1, data[i] ^ 0x80, 0xff, '('} {
				changed := bytes.Clone(data)
				changed[i] = to
				check(changed)
			}
		}
	}
	if read == 0 || refused == 0 {
		t.Errorf("of the changed records %d were read and %d refused", read, refused)
	}
}

// A visitor whose record is hostile has an empty session, and the log has the reason.
func TestLoad_OfAHostileRecordIsLogged(t *testing.T) {
	m := newMemory()
	m.put("session:"+id, []byte("cos\nsystem\n(S'id'\ntR."))
	backend, err := flasksession.New(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	o := flasksession.Defaults()
	o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	sessions, err := session.New(backend, o)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session="+id)
	w := httptest.NewRecorder()
	sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if n := session.From(r).Len(); n != 0 {
			t.Errorf("the session has %d values", n)
		}
	})).ServeHTTP(w, r)
	if text := logged.String(); w.Code != http.StatusOK || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "which is not plain data") {
		t.Errorf("it was answered %d, and logged:\n%s", w.Code, text)
	}
	if strings.Contains(logged.String(), id) {
		t.Error("the log has the session's ID")
	}
}
