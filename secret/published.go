package secret

import "strings"

// isPublished reports whether the text is one of publishedKeys, or begins as those do that a
// framework marks as published. plain is the text without letter case and separators.
func isPublished(text, plain string) bool {
	// What django-admin startproject writes into a file that is meant to be committed.
	if strings.HasPrefix(strings.TrimLeft(text, space+`"'`), "django-insecure-") {
		return true
	}
	_, ok := publishedKeys[plain]
	return ok
}

// isStretched reports whether a plain text is one of publishedKeys that was repeated or padded to
// make it long enough, or copied as Python's bytes.
func isStretched(plain string) bool {
	for _, text := range [...]string{plain, strings.TrimPrefix(plain, "b")} {
		if text == "" {
			continue
		}
		padding := text[len(text)-1:]
		for _, key := range [...]string{text, strings.TrimRight(text, padding), text[:period(text)]} {
			if _, ok := publishedKeys[key]; ok {
				return true
			}
		}
	}
	return false
}

// period returns the length of the shortest beginning that makes the text, which is not empty, if
// it is repeated, the last time in part.
func period(text string) int {
	start := text[:min(len(text), minPiece)]
	for p := 1; ; p++ {
		next := strings.Index(text[p:], start)
		if next < 0 {
			return len(text)
		}
		if p += next; strings.HasPrefix(text, text[p:]) {
			return p
		}
	}
}

// publishedKeys are in the form that plainText gives. Those that isGuess finds need not be here.
var publishedKeys = func() map[string]struct{} {
	known := make(map[string]struct{})
	for _, key := range []string{
		// Flask's documentation, from its beginnings to today. The key of the
		// quickstart is copied as bytes, as text and with its backslashes.
		"dev",
		"development key",
		"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
		"_5#y2L\"F4Q8z\n\xec]/",
		"_5#y2L\"F4Q8z\n\u00ec]/",
		`_5#y2L"F4Q8z\n\xec]/`,
		`b'_5#y2L"F4Q8z\n\xec]/'`,
		`A0Zr98j/3yX R~XHH!jmN]LWX/,?RT`,

		// Tutorials and books about Flask.
		"you will never guess",
		"hard to guess string",
		"any random string",
		"hjshjhdjah kjshkjdhjs",
		"5791628bb0b13ce0c676dfde280ba245",
		"oh so secret",
		"dev key 123",
		"pf9Wkove4IKEAXvy-cQkeDPhv9Cb3Ag-wyJILbq_dFw", // Flask-Security

		// The defaults of programs that are built on Flask or Django.
		"\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h", // Superset
		`\2\1thisismyscretkey\1\2\e\y\y\h`,
		`\2\1thisismyscretkey\1\2\\e\\y\\y\\h`,
		`\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h`,
		`\x02\x01thisismyscretkey\x01\x02\e\y\y\h`,
		"CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
		"thisISaSECRET_1234",
		"YOUR_OWN_RANDOM_GENERATED_SECRET_KEY",
		"USE_YOUR_OWN_SECURE_RANDOM_KEY",
		"TEST_NON_DEV_SECRET",
		"temporary_key", // Airflow
		"46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=",
		"81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=",
		"c292a0a3aa32397cdb050e233733900f",                   // Redash
		"sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U",   // Dify
		"e11fl1oa-*ytql8p)(06fbj4ukrlo+n7k&q5+$1md7i+mge=ee", // Paperless
		"jm8fqjlg+5!#xu%e-oh#7!$aa7!6avf7ud*_v=chdrb9qdco6(", // Weblate
		"85920908f28904ed733fe576320db18cabd7b6cd",           // Open edX
		"$(fefwefwef13;LFK{P!)@#*!)kdsjfWF2l+i5e3t(8a1n",     // Label Studio
		"kasdlfjknasdfl3hbaksk3bwkasdfkasdfba23asdf",         // Hue
		"UNSAFE_DEFAULT",                                     // Graphite

		// Other languages and frameworks: documentation, examples and defaults.
		"keyboard cat", // Express
		"shhhhh", "shhhhhared-secret",
		"complex_password_at_least_32_characters_long",
		"the-password-must-be-at-least-32-characters-long",
		"averylogphrasebiggerthanthirtytwochars",
		"!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6", // hapi
		"your-256-bit-secret",              // jwt.io
		"a-string-secret-at-least-256-bits-long",
		"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", // FastAPI
		"61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",                     // Tornado
		"__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__",
		"seekrit", "itsaseekreet", // Pyramid
		"404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970", // Spring tutorials
		"bezKoderSecretKey", "JWTSuperSecretKey",
		"SomeRandomString", "SomeRandomStringWith32Characters", "YourSecretKey!!!", // Laravel
		"DYhG93b0qyJfIxfs2guVoUubWwvniR2G0FgaC9mi",                              // CakePHP
		"ThisTokenIsNotSoSecretChangeIt",                                        // Symfony
		"put your unique phrase here",                                           // WordPress
		"641dd6454584ddabfed6342cc66281fb",                                      // GitHub Enterprise
		"SW2YcwTIb9zpOOhoPsMm",                                                  // Grafana
		"255d861b-5ea1-5996-9aa3-922530ec40b1",                                  // Directus
		"6116487b-cda1-52c2-b5b5-c8022c45e263",                                  //
		"SecretKey012345678901234567890123456789012345678901234567890123456789", // Nacos
		"thingsboardDefaultSigningKey",
		"tobemodified", "toBeModified1", "toBeModified2", // Strapi

		// Go: gorilla, scs and its author's book, Iris.
		"something-very-secret", "super-secret-key", "secret-key", "a-lot-secret", "32-byte-long-auth-key",
		"u46IpCV9y5Vlur8YvODJEhgOY8m9JVE4",
		"s6Ndh+pPbnzHbS*+9Pk8qGWhTzbpa@ge",
		"the-big-and-secret-fash-key-here", "lot-secret-of-characters-big-too",
		"secret-thirty-2-character-string",

		// What people type instead of a key.
		"secret", "secret key", "the secret key", "a secret key", "app secret key", "flask secret key",
		"my secret", "my secret key", "this is my secret key", "this is a secret key", "this is secret",
		"this is a secret", "thisissecretkey", "this is the secret key", "this should be secret",
		"your secret", "your secret key", "your secret key here", "your secret here", "your own secret key",
		"super secret", "super secret key", "my super secret key", "very secret", "very secret key",
		"top secret", "top secret key", "some secret", "some secret key", "not so secret", "not secret",
		"random", "random string", "random key", "some random string", "some random key", "a random string",
		"random secret key", "a very secret key", "keep it secret", "it's a secret", "shh", "sssh",
		"change me", "please change me", "change this", "change this key", "change this secret key",
		"change me in production", "change in production", "secret key change me", "replace me",
		"replace this", "replace with a secret key", "replace with your secret key", "insert secret key here",
		"default", "default key", "default secret", "default secret key", "default string",
		"dev secret", "dev secret key", "dev key", "dev only", "development", "development secret key",
		"test", "testing", "test key", "test secret", "test secret key", "testing key", "debug",
		"key", "mykey", "my key", "password", "passw0rd", "foo", "bar", "foobar", "hello", "hello world",
		"flask", "app", "admin", "none", "null", "todo", "fix me", "xxx", "abc", "abc123", "abcd", "abcdef",
		"123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "qwerty", "asdf",
	} {
		known[plainText(key)] = struct{}{}
	}
	return known
}()
