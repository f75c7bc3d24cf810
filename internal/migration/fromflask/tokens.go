package fromflask

import (
	"time"

	"github.com/wafer-go/wafer/itsdangerous"
)

// confirmed returns the address in a link that was mailed a day ago at most.
func confirmed(secretKey, token string) (string, error) {
	links, err := itsdangerous.NewURLSafeTimedSerializer([]byte(secretKey), &itsdangerous.SerializerOptions{
		Options: itsdangerous.Options{Salt: "confirm e-mail"},
	})
	if err != nil {
		return "", err
	}
	var address string
	_, err = links.Load(token, 24*time.Hour, &address)
	return address, err
}
