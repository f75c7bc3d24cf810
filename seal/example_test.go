package seal_test

import (
	"fmt"
	"time"

	"github.com/wafer-go/wafer/seal"
)

func Example() {
	key := seal.NewKey([4]byte{1}, []byte("thirty-two bytes, random in truth"))
	sealer, err := seal.New(key, seal.Options{Purpose: "password reset"})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	token, err := sealer.Append(nil, []byte("ada@example.com"), now, now.Add(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := sealer.Open(string(token))
	fmt.Println(string(opened.Payload), opened.Expires, err)

	other, _ := seal.New(key, seal.Options{Purpose: "newsletter"})
	_, err = other.Open(string(token))
	fmt.Println(err)
	// Output:
	// ada@example.com 2024-01-01 01:00:00 +0000 UTC <nil>
	// seal: the token was not sealed with an accepted key, or not for this purpose and name
}
