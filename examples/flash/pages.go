package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

//go:embed page.html style.css script.js
var files embed.FS

var pages = template.Must(template.New("").Funcs(session.Funcs).ParseFS(files, "page.html"))

func mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.Handle("GET /script.js", http.FileServerFS(files))
	mux.HandleFunc("POST /categories", categories)
	mux.HandleFunc("POST /delete", remove)
	mux.HandleFunc("POST /restore", restore)
	mux.HandleFunc("POST /name", rename)
	mux.HandleFunc("POST /now", now)
	mux.HandleFunc("POST /keep", keep)
	mux.HandleFunc("POST /discard", discard)
	mux.HandleFunc("POST /chain", chain)
	mux.HandleFunc("GET /chain/{step}", chain)
	mux.HandleFunc("POST /fragment", fragment)
	mux.HandleFunc("POST /api/save", save)
	mux.HandleFunc("GET /article", article)
	mux.HandleFunc("POST /article", subscribe)
	return mux
}

// articleTag changes with every release of the article, which is part of page.html.
var articleTag = func() string {
	text, err := files.ReadFile("page.html")
	if err != nil {
		panic(err) // it is embedded
	}
	return fmt.Sprintf(`"%x"`, sha256.Sum256(text))
}()

// show writes a part of page.html. It takes the messages out of the session while it does so.
func show(w http.ResponseWriter, part string, s *session.Session) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pages.ExecuteTemplate(w, part, map[string]any{"Session": s}); err != nil {
		log.Print("flash: ", err)
	}
}

func index(w http.ResponseWriter, r *http.Request) { show(w, "page", session.From(r)) }

func home(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) }
