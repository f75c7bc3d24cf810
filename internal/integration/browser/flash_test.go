package browser

import (
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

// wantToasts waits for as many toasts as there are texts, and compares them.
func (b *browser) wantToasts(want ...string) {
	b.t.Helper()
	texts := `Array.from(document.querySelectorAll(".toasts .flash:has(button) span"), e => e.innerText)`
	script := `(() => { const texts = ` + texts + `; return texts.length >= ` + strconv.Itoa(len(want)) + ` ? texts : null })()`
	if got := get(b, chromedp.Poll[[]string](script)); !slices.Equal(got, want) {
		b.t.Errorf("the toasts are %q, want %q", got, want)
	}
}

func TestAToastStaysUntilItIsDismissed(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.visit(start(t, "flash", "localhost"))
	b.press("Place an order")
	b.wantToasts("First, the order is placed", "Second, the stock is checked", "Third, the receipt is sent")
	b.click("Save")
	b.wantToasts("First, the order is placed", "Second, the stock is checked", "Third, the receipt is sent", "Saved, without a new page")
	b.click("Save over JSON")
	b.wantToasts("First, the order is placed", "Second, the stock is checked", "Third, the receipt is sent", "Saved, without a new page", "Saved over JSON")
	b.click("Dismiss: First, the order is placed")
	b.wantToasts("Second, the stock is checked", "Third, the receipt is sent", "Saved, without a new page", "Saved over JSON")
}

func TestTheFocusIsNotLostWithTheLastToast(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.visit(start(t, "flash", "localhost"))
	b.click("Save")
	b.wantToasts("Saved, without a new page")
	b.click("Dismiss: Saved, without a new page")
	if at := get(b, chromedp.Evaluate[string](`document.activeElement.tagName`)); at != "H1" {
		t.Errorf("the focus is at %s", at)
	}
}

func TestATitleComesWithAButtonThatUndoes(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.visit(start(t, "flash", "localhost"))
	b.press("Delete the note")
	b.wantToasts("“Buy flour” is not in your list anymore.")
	b.press("Undo")
	b.wantToasts("Your note is back")
}

func TestTheFieldHasWhatWasTypedBesideItsError(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.visit(start(t, "flash", "localhost"))
	get(b, chromedp.SendKeys(chromedp.CSS("input[name=name]"), "ada99"))
	b.press("Rename")
	value := `document.querySelector("input[aria-invalid]")?.value ?? ""`
	if got := get(b, chromedp.Evaluate[string](value)); got != "ada99" {
		t.Errorf("the field has %q", got)
	}
	b.reload()
	if got := get(b, chromedp.Evaluate[string](`document.querySelector("input[name=name]").value`)); got != "" {
		t.Errorf("reloaded, the field has %q", got)
	}
}

func TestAnErrorOfAnAPIIsAToastThatIsAnnouncedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	b.visit(start(t, "flash", "localhost"))
	b.click("Add to a full list")
	b.wantToasts("Your list is full")
	if in := get(b, chromedp.Evaluate[string](`document.querySelector(".toasts .flash").parentElement.role`)); in != "alert" {
		t.Errorf("it is in a %s", in)
	}
}
