package main

import (
	"embed"
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/session"
)

//go:embed page.html style.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(session.Funcs).ParseFS(files, "page.html"))

func mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.HandleFunc("POST /categories", categories)
	mux.HandleFunc("POST /name", rename)
	mux.HandleFunc("POST /now", now)
	mux.HandleFunc("POST /keep", keep)
	mux.HandleFunc("POST /chain", chain)
	mux.HandleFunc("GET /chain/{step}", chain)
	mux.HandleFunc("POST /fragment", fragment)
	mux.HandleFunc("GET /api/messages", messages)
	return mux
}

func show(w http.ResponseWriter, name string, s *session.Session) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pages.ExecuteTemplate(w, name, map[string]any{"Session": s}); err != nil {
		log.Print(err)
	}
}

func index(w http.ResponseWriter, r *http.Request) { show(w, "page", session.From(r)) }

func home(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) }

func categories(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.Flash("A plain message")
	s.FlashAs("success", "Your changes are saved")
	s.FlashAs("info", "A new version is ready")
	s.FlashAs("warning", "Your plan ends in three days")
	s.FlashAs("error", "The card was declined")
	home(w, r)
}

// rename flashes an error for the form, and anything else for the layout.
func rename(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if name := strings.TrimSpace(r.PostFormValue("name")); name == "" {
		s.FlashAs("error", "Please give a name")
	} else {
		s.FlashAs("success", "Your name is now "+name)
	}
	home(w, r)
}

// now answers in the same request, so that its message is not kept.
func now(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashNow("info", "Shown in this answer, and kept nowhere")
	show(w, "page", s)
}

// keep reads its message in this request and leaves it for the next.
func keep(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("info", "Read once, kept, and read again")
	log.Printf("read %d message(s) on the way", len(s.Flashes()))
	s.KeepFlashes()
	home(w, r)
}

// chain redirects through two more addresses, and each adds a message.
func chain(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	switch r.PathValue("step") {
	case "":
		s.FlashAs("success", "First: the order is placed")
		http.Redirect(w, r, "/chain/2", http.StatusSeeOther)
	case "2":
		s.FlashAs("info", "Second: the stock is checked")
		http.Redirect(w, r, "/chain/3", http.StatusSeeOther)
	case "3":
		s.FlashAs("info", "Third: the receipt is sent")
		home(w, r)
	default:
		http.NotFound(w, r)
	}
}

// fragment answers htmx with the messages alone, to be swapped out of band,
// and any other client with a redirect.
func fragment(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("success", "Saved")
	w.Header().Add("Vary", "HX-Request")
	if r.Header.Get("HX-Request") != "true" {
		home(w, r)
		return
	}
	w.Header().Set("HX-Trigger", "saved")
	show(w, "fragment", s)
}

// messages is the one request of the API that takes the messages.
func messages(w http.ResponseWriter, r *http.Request) {
	type message struct {
		Category string `json:"category"`
		Text     string `json:"text"`
	}
	answer := []message{}
	for _, m := range session.From(r).Flashes() {
		answer = append(answer, message{m.Category, m.Text})
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]any{"messages": answer}); err != nil {
		log.Print(err)
	}
}
