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

// deleted is whether the visitor's note is deleted.
const deleted = session.Field[bool]("deleted")

// remove deletes the note, with a message that has a title, and data for an undo button.
func remove(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	deleted.Set(s, true)
	s.FlashMessage(session.Message{
		Category: "success",
		Title:    "Note deleted",
		Text:     "“Buy flour” is not in your list anymore.",
		Data:     json.RawMessage(`{"undo":"/restore"}`),
	})
	home(w, r)
}

func restore(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	deleted.Delete(s)
	s.FlashAs("info", "Your note is back")
	home(w, r)
}

// typed is what the visitor typed, to show it again beside the error.
const typed = session.Field[string]("typed")

// rename flashes what is wrong with the name under a category of its own, which the form reads, and
// not the layout.
func rename(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("name"))
	if name == "" || strings.ContainsAny(name, "0123456789") { // an example of a rule
		s.FlashAs("name", "Give a name without digits")
		typed.Flash(s, name)
	} else {
		s.FlashAs("success", "Your name is now "+name)
	}
	home(w, r)
}

// now sends the page in the same request, so its message is not kept for the next.
func now(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashNow("info", "This is in this response only")
	show(w, "page", s)
}

// keep reads the messages on the way to another page, and keeps all of them for it.
func keep(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("info", "This was read on the way, and kept")
	for _, m := range s.Flashes() {
		log.Print("on the way: ", m.Category)
	}
	s.KeepFlashes()
	home(w, r)
}

// discard logs in: the message that asked for it has had its time.
func discard(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("warning", "Please log in to see your orders")
	s.DiscardFlashes("warning")
	s.FlashAs("success", "You are logged in")
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

// fragment sends htmx the messages alone, which find their place by themselves, and redirects all
// other requests.
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
	Title    string `json:"title,omitempty"`
	Text     string `json:"text"`
}

// save is an API that responds with the messages, those of this request too.
func save(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("success", "Saved over JSON")
	respond(w, http.StatusOK, s)
}

// add is an API that refuses, with a message that a screen reader announces at once.
func add(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.FlashAs("error", "Your list is full")
	respond(w, http.StatusUnprocessableEntity, s)
}

// respond sends the messages as JSON.
func respond(w http.ResponseWriter, status int, s *session.Session) {
	messages := []message{}
	for _, m := range s.Flashes() {
		messages = append(messages, message{m.Category, m.Title, m.Text})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]any{"saved": status == http.StatusOK, "messages": messages}); err != nil {
		log.Print("flash: ", err)
	}
}

// subscribe flashes for a page that the browser has kept.
func subscribe(w http.ResponseWriter, r *http.Request) {
	session.From(r).FlashAs("success", "You will hear of new articles")
	http.Redirect(w, r, "/article", http.StatusSeeOther)
}

// article is a page that browsers keep, and ask for whether it is still the same. If it is, the
// response is 304, which shows nothing. So while there are messages the page is sent in full,
// without an Etag, and Wafer adds no-store.
func article(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if len(s.Flashes()) == 0 {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Etag", articleTag)
		if r.Header.Get("If-None-Match") == articleTag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	show(w, "article", s)
}
