package main

import (
	"encoding/json"
	"log"
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/session"
)

// categories flashes a message of each kind.
func categories(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.Flash("You have been here before")
	s.FlashAs("success", "Your changes are saved")
	s.FlashAs("info", "A new version is ready")
	s.FlashAs("warning", "Your plan ends in three days")
	s.FlashAs("error", "The card was declined")
	home(w, r)
}

// rename flashes what is wrong with the name under a category of its own, which
// the form asks for, and not the layout.
func rename(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if name := strings.TrimSpace(r.PostFormValue("name")); name == "" {
		s.FlashAs("name", "Give a name")
	} else {
		s.FlashAs("success", "Your name is now "+name)
	}
	home(w, r)
}

// now answers in the same request, so its message is not kept for the next.
func now(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashNow("info", "This is in this answer, and kept nowhere")
	show(w, "page", s)
}

// keep looks at the messages on the way to another page, and leaves them for it.
func keep(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("info", "This was read on the way, and kept")
	if len(s.Flashes("info")) > 0 {
		s.KeepFlashes()
	}
	home(w, r)
}

// chain redirects through two more addresses, and each adds a message.
func chain(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	switch r.PathValue("step") {
	case "":
		s.FlashAs("success", "First, the order is placed")
		http.Redirect(w, r, "/chain/2", http.StatusSeeOther)
	case "2":
		s.FlashAs("info", "Second, the stock is checked")
		http.Redirect(w, r, "/chain/3", http.StatusSeeOther)
	case "3":
		s.FlashAs("info", "Third, the receipt is sent")
		home(w, r)
	default:
		http.NotFound(w, r)
	}
}

// fragment answers htmx with the messages alone, which take their place by
// themselves, and everybody else with a redirect.
func fragment(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("success", "Saved, without a new page")
	w.Header().Add("Vary", "HX-Request")
	if r.Header.Get("HX-Request") != "true" {
		home(w, r)
		return
	}
	show(w, "messages", s)
}

// message is a flash in JSON.
type message struct {
	Category string `json:"category"`
	Text     string `json:"text"`
}

// save is an API that answers with the messages, those of this request too.
func save(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("success", "Saved over JSON")
	messages := []message{}
	for _, m := range s.Flashes() {
		messages = append(messages, message{m.Category, m.Text})
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]any{"saved": true, "messages": messages}); err != nil {
		log.Print("flash: ", err)
	}
}
