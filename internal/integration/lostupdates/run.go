package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/wafer-go/wafer/internal/integration/durations"
)

// A work is how many requests are sent to one session, and how many at once.
type work struct{ requests, group int }

// A result is what became of them.
type result struct {
	sets, lostSets       int
	counts, lostCounts   int
	flashes, lostFlashes int
	twice                int // flashes that two requests at once were both shown
	ghosts               int // sessions of the visitor that no cookie names, or unlisted
	failed               int // requests that were answered with an error
	firstFailure         string
	took                 time.Duration
	latencies            durations.Summary
	servers              int
}

func (r result) lost() int { return r.lostSets + r.lostCounts + r.lostFlashes }

// found is what a session holds in the end.
type found struct {
	Keys    map[string]int
	Count   int
	Flashes []string
}

// do sends the work to servers that share a store. Of four requests one sets a
// key of its own, one counts, one flashes, and one reads the flashes and shows
// them; all of a group are under way at once.
func (w work) do(ctx context.Context, handlers []http.Handler) (result, error) {
	var urls []string
	for _, h := range handlers {
		// Not TLS, whose handshakes would be most of the work: the handlers set
		// Insecure cookies.
		server := httptest.NewServer(h)
		defer server.Close()
		urls = append(urls, server.URL)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return result{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: w.group}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Jar: jar}
	if _, err := get(ctx, client, urls[0]+"/begin"); err != nil {
		return result{}, err
	}
	// The servers are on one host, so the cookie is that of both; from here on
	// it is sent as it is, because a jar is a lock that they would wait for.
	cookie := ""
	first, err := url.Parse(urls[0])
	if err != nil {
		return result{}, err
	}
	for _, c := range jar.Cookies(first) {
		cookie = c.Name + "=" + c.Value
	}
	if cookie == "" {
		return result{}, errors.New("the first request set no cookie")
	}

	r := result{servers: len(urls)}
	var mu sync.Mutex
	shown := make(map[string]int)
	var latencies []time.Duration
	began := time.Now()
	for start := 0; start < w.requests; start += w.group {
		var group sync.WaitGroup
		for i := start; i < min(start+w.group, w.requests); i++ {
			group.Go(func() {
				path := "/" + []string{"set", "count", "flash", "show"}[i%4] + "?n=" + strconv.Itoa(i)
				sent := time.Now()
				messages, err := send(ctx, transport, urls[i/4%len(urls)]+path, cookie)
				mu.Lock()
				defer mu.Unlock()
				latencies = append(latencies, time.Since(sent))
				if err != nil {
					if r.failed++; r.firstFailure == "" {
						r.firstFailure = err.Error()
					}
				}
				for _, m := range messages {
					shown[m]++
				}
			})
		}
		group.Wait()
	}
	r.took = time.Since(began)
	r.latencies = durations.Of(latencies)

	body, err := request(ctx, transport, urls[len(urls)-1]+"/end", cookie)
	if err != nil {
		return result{}, err
	}
	var end found
	if err := json.Unmarshal(body, &end); err != nil {
		return result{}, err
	}
	for _, m := range end.Flashes {
		shown[m]++
	}
	for i := range w.requests {
		n := strconv.Itoa(i)
		switch i % 4 {
		case 0:
			r.sets++
			if end.Keys["key"+n] != i+1 {
				r.lostSets++
			}
		case 1:
			r.counts++
		case 2:
			r.flashes++
			switch shown[n] {
			case 0:
				r.lostFlashes++
			case 1:
			default:
				r.twice++
			}
		}
	}
	r.lostCounts = r.counts - end.Count
	if body, err = request(ctx, transport, urls[0]+"/sessions", cookie); err != nil {
		return result{}, err
	}
	var sessions int
	if err := json.Unmarshal(body, &sessions); err != nil {
		return result{}, err
	}
	switch r.ghosts = sessions - 1; {
	case sessions == unlisted:
		r.ghosts = unlisted
	case sessions == 0:
		return result{}, errors.New("the session is not among its owner's")
	}
	return r, nil
}

// send returns the messages that a page shows.
func send(ctx context.Context, transport http.RoundTripper, address, cookie string) (messages []string, err error) {
	body, err := request(ctx, transport, address, cookie)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	return messages, json.Unmarshal(body, &messages)
}

func request(ctx context.Context, transport http.RoundTripper, address, cookie string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Cookie", cookie)
	return read(transport.RoundTrip(r))
}

func get(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return read(client.Do(r))
}

func read(res *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", res.Status, body)
	}
	return body, err
}
