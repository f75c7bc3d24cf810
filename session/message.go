package session

import "github.com/wafer-go/wafer/session/driver"

// Message is one flash message.
type Message = driver.Message

// DefaultCategory is the category of a message that is flashed without one, the same as Flask's.
const DefaultCategory = driver.DefaultCategory
