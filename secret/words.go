package secret

import (
	"slices"
	"strings"
)

func isWord(text string) bool {
	_, ok := words[text]
	return ok
}

// words are the vocabulary of placeholders, of which people make keys that are not random. At most
// 512, see wordBits. wordLengths has the lengths of the words that begin with two letters.
var words, wordLengths = func() (map[string]struct{}, map[[2]byte][]int) {
	known, lengths := make(map[string]struct{}), make(map[[2]byte][]int)
	for word := range strings.FieldsSeq(`
		an the this that these it its is are be been was will would should must shall can could may might
		do does dont not never no none nobody only in on at of for from to by with without and or as if so
		me my mine you your yours we our he his she her they their who what when where how one own
		please use used using keep kept make made need needs needed know knows guess guessed enter put here
		there now set get some any every all very really much more most long longer longest short big small
		least minimum length size strong stronger safe safer secure secured security insecure unsafe unique
		complex simple easy hard good better best bad weak new old real fake true false temp temporary
		key keys secret secrets secretkey mysecret supersecret password passwd passw passphrase phrase pass
		pwd token tokens salt seed hash hmac sign signing signed signature signer cookie cookies session
		sessions csrf xsrf jwt auth authentication authorization login logout user users admin root
		administrator guest master private public api app apps application web website site server client
		service services system project product company example examples sample demo test tests tested
		testing tester dev devel develop developer development debug local localhost stage staging prod
		production live default defaults define defined change changed changes changeme changethis changeit
		replace replaced replaceme insert fixme todo placeholder dummy foo bar baz qux foobar lorem ipsum
		random randomly randomized generate generated generator value values string strings text word words
		char chars character characters letter letters byte bytes bit bits number numbers digit digits
		hex hexadecimal base64 encoded encode encrypt encrypted encryption decrypt crypto cryptographic
		thirty two three four twenty ten sixtyfour eight hundred first second third zero
		16 32 48 64 128 256 512 1024 hello world welcome letmein qwerty asdf zxcv iloveyou monkey dragon
		flask django rails ruby python golang go java spring node express laravel symfony php redis postgres
		mysql docker github gitlab google microsoft linux windows super top ultra mega cat dog keyboard
		shared shhh sssh hidden forbidden access open close cannot share shared commit before after deploy
		environment env variable config configuration settings setup file install insecurely djangoinsecure
		abc abcd abcdef xyz xxx aaa deadbeef cafebabe beef cafe dead feed face
		2018 2019 2020 2021 2022 2023 2024 2025 2026 2027 2028
	`) {
		known[word] = struct{}{}
		start := [2]byte{word[0], word[1]}
		if !slices.Contains(lengths[start], len(word)) {
			lengths[start] = append(lengths[start], len(word))
		}
	}
	return known, lengths
}()
