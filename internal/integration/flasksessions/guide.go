package flasksessions

import (
	"database/sql"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/flask/flasksession/memcachedrecords"
	"github.com/wafer-go/wafer/flask/flasksession/sqlrecords"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// This file is the Go of docs/from-flask-session.md.

// redisHalf has the sessions of a Flask program with SESSION_TYPE="redis".
func redisHalf(client *redis.Client) (*session.Manager, error) {
	backend, err := flasksession.New(flasksession.Redis(client), nil)
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// olderHalf is for Flask-Session before 0.7, which reads only pickles.
func olderHalf(client *redis.Client) (*session.Manager, error) {
	backend, err := flasksession.New(flasksession.Redis(client), &flasksession.Options{Serialization: flasksession.Pickle})
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// memcachedHalf has those of a program with SESSION_TYPE="memcached".
func memcachedHalf(client *memcache.Client) (*session.Manager, error) {
	backend, err := flasksession.New(memcachedrecords.New(client), nil)
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// sqlHalf has those of a program with SESSION_TYPE="sqlalchemy".
func sqlHalf(db *sql.DB) (*session.Manager, error) {
	records, err := sqlrecords.New(db, sqlrecords.PostgreSQL, nil)
	if err != nil {
		return nil, err
	}
	backend, err := flasksession.New(records, nil)
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// sqliteHalf has those of a program with SQLALCHEMY_DATABASE_URI = "sqlite:////srv/app/app.db".
func sqliteHalf(path string) (*session.Manager, error) {
	db, err := sql.Open("sqlite", sqlstore.SQLiteDSN(path)) // the driver modernc.org/sqlite
	if err != nil {
		return nil, err
	}
	records, err := sqlrecords.New(db, sqlrecords.SQLite, nil)
	if err != nil {
		return nil, err
	}
	backend, err := flasksession.New(records, nil)
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// airflowHalf has the sessions of Airflow 2, whose SECRET_KEY is [webserver] secret_key.
func airflowHalf(db *sql.DB, secretKey string) (*session.Manager, error) {
	records, err := sqlrecords.New(db, sqlrecords.PostgreSQL, &sqlrecords.Options{Table: "session"})
	if err != nil {
		return nil, err
	}
	backend, err := flasksession.NewSigned(secretKey, records, &flasksession.Options{
		Serialization: flasksession.Pickle, NoKeyPrefix: true,
	})
	if err != nil {
		return nil, err
	}
	return session.New(backend, flasksession.Defaults())
}

// alone reads the records of Flask-Session, and keeps its own.
func alone(st store.Store, client *redis.Client) (*session.Manager, error) {
	old, err := flasksession.New(flasksession.Redis(client), nil)
	if err != nil {
		return nil, err
	}
	return session.New(session.Migrate(session.Stored(st), old), &session.Options{
		Cookie:        session.Cookie{Name: "session"}, // as Flask calls it
		ReissueOnRead: true,
	})
}
