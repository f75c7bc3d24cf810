package fibersession_test

import "github.com/wafer-go/wafer/session"

const username = session.Field[string]("username")
