package main

import (
	"log"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func newSessions() *session.Manager {
	key, err := secret.FromEnv("SECRET_KEY")
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		log.Fatal(err)
	}
	return sessions
}
