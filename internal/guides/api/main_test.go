package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPI_SignsInAndOutByItsHeader(t *testing.T) {
	h, err := newAPI()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	token := ""
	ask := func(method, path, body string, headers ...string) *http.Response {
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set(tokenHeader, token)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if values, ok := res.Header[tokenHeader]; ok {
			token = values[0]
		}
		return res
	}
	status := func(what string, res *http.Response, want int) {
		t.Helper()
		if res.StatusCode != want {
			t.Errorf("%s is answered with %s, want %d", what, res.Status, want)
		}
	}
	status("a wrong password", ask("POST", "/session", `{"Name":"ada","Password":"x"}`), http.StatusUnauthorized)
	status("the sign-in", ask("POST", "/session", `{"Name":"ada","Password":"`+userPassword+`"}`), http.StatusNoContent)
	status("who is it", ask("GET", "/me", ""), http.StatusOK)
	stolen := token
	status("the sign-out", ask("DELETE", "/session", ""), http.StatusNoContent)
	if token != "" {
		t.Errorf("the sign-out leaves the token %q", token)
	}
	token = stolen
	status("the ended session's token", ask("GET", "/me", ""), http.StatusUnauthorized)

	res := ask("OPTIONS", "/me", "", "Origin", frontEnd, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "session-token")
	if res.Header.Get("Access-Control-Allow-Origin") != frontEnd || !strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), tokenHeader) {
		t.Errorf("the front end's preflight is answered with %v", res.Header)
	}
	if res := ask("OPTIONS", "/me", "", "Origin", "https://evil.example"); res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin's preflight is answered with %v", res.Header)
	}
}
