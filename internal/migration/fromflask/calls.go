package fromflask

import (
	"maps"

	"github.com/wafer-go/wafer/session"
)

const (
	username = session.Field[string]("username")
	theme    = session.Field[string]("theme")
	visits   = session.Field[int]("n")
	basket   = session.Field[[]string]("cart")
)

// first is what the first handler of calls.py does.
func first(s *session.Session, said map[string]any) {
	isNew := s.IsNew() // session.new

	username.Set(s, "ada")           // session["username"] = "ada"
	name, _ := username.Get(s)       // session.get("username")
	color := theme.GetOr(s, "light") // session.get("theme", "light")
	in := s.Has("username")          // "username" in session

	visits.Update(s, func(n int) int { return n + 1 }) // session["n"] = session.get("n", 0) + 1
	basket.Set(s, []string{})                          // session["cart"] = []; nil would be None
	basket.Update(s, func(items []string) []string {   // session["cart"].append("apple")
		return append(items, "apple") // session.modified = True: not needed
	})
	popped, _ := visits.Pop(s) // session.pop("n", None)
	s.Set("old", 1)            // session["old"] = 1
	s.Delete("old")            // del session["old"]; a missing name is not an error
	if !s.Has("theme") {       // session.setdefault("theme", "dark")
		theme.Set(s, "dark")
	}
	keys, count := s.Keys(), s.Len() // sorted(session), len(session)

	s.SetPermanent(true) // session.permanent = True

	s.Flash("saved")                // flash("saved")
	s.FlashAs("error", "too short") // flash("too short", "error")

	maps.Copy(said, map[string]any{
		"new": isNew, "get": name, "get default": color, "in": in, "pop": popped, "keys": keys, "len": count, "permanent": s.Permanent(),
	})
}

// second is what the second handler does.
func second(s *session.Session, said map[string]any) {
	said["new again"] = s.IsNew()
	said["cart"], _ = basket.Get(s)

	all := s.Flashes()           // get_flashed_messages(with_categories=True)
	errors := s.Flashes("error") // get_flashed_messages(category_filter=["error"])

	s.Clear() // session.clear()

	said["all"], said["errors"], said["cleared"] = pairs(all), texts(errors), s.Len()
}

func pairs(messages []session.Message) (all [][2]string) {
	for _, m := range messages {
		all = append(all, [2]string{m.Category, m.Text})
	}
	return all
}

func texts(messages []session.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return all
}
