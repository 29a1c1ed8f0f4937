package tailnet_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tsidp.test/tailnet"
)

// row is one thing that is asked of both servers. The requests are the same, and so are the tailnet and its policy.
type row struct {
	name    string
	ask     ask
	differs []difference
}

// group is rows under one policy.
type group struct {
	name  string
	rules []string // for everybody
	rows  []row
}

// TestBesideTheGoTsidp compares the answers of the Go tsidp that runs beside ours, field by field: what differs is in
// README's tables of differences, and what is there differs.
func TestBesideTheGoTsidp(t *testing.T) {
	if *goTsidp == "" {
		t.Fatal("-go-tsidp is needed")
	}
	their := tailnet.NewGoTsidp(network, *goTsidp, "go")
	defer their.Kill()
	no(t, their.Start())
	isReached(t, their.Issuer, network.Bob, network.Server)
	theirs, ours := sideOf(t, their, tailnet.Client{}), sideOf(t, product, client)
	theirs.form(t, alice, "/clients/new", nil, []string{"name=tests", "redirect_uri=" + redirectURI}).into(t, &theirs.client)

	// Only alice administers; both do for the Go tsidp of the module.
	grant(t, network.Alice.Name, `{"allow_admin_ui": true, "allow_dcr": true}`)
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			grant(t, "*", append(g.rules, `{"extraClaims": {"policy": "`+g.name+`"}}`)...)
			for _, s := range []*side{theirs, ours} {
				within(t, 10*time.Second, "the policy is known", func() bool { return hasPolicy(t, s, g.name) })
			}
			for _, r := range g.rows {
				t.Run(r.name, func(t *testing.T) {
					a, b := r.ask(t, theirs), r.ask(t, ours)
					compare(t, fieldsOf(t, theirs, a), fieldsOf(t, ours, b), r.differs)
				})
			}
		})
	}
	t.Run("the newest", func(t *testing.T) {
		grant(t, "*", newestRules)
		within(t, 10*time.Second, "the policy is known", func() bool { return !hasPolicy(t, ours, groups[len(groups)-1].name) })
		for _, r := range newest {
			t.Run(r.name, func(t *testing.T) {
				compare(t, r.recorded, fieldsOf(t, ours, r.ask(t, ours)), r.differs)
			})
		}
	})
}

// hasPolicy is also true if the policy stops the sign-in.
func hasPolicy(t *testing.T, s *side, name string) bool {
	t.Helper()
	got := redeem()(t, s)
	var all tokens
	return json.Unmarshal([]byte(got.body), &all) != nil || all.ID == "" || claimOf(t, all.ID, "policy") == name
}

// TestReadmesDifferences are those that the rows above name, and some that can't be seen in an answer.
func TestReadmesDifferences(t *testing.T) {
	if *readme == "" {
		t.Fatal("-readme is needed")
	}
	named := slices.Collect(maps.Keys(notInAnAnswer))
	for _, g := range groups {
		for _, r := range g.rows {
			named = append(named, wordsOf(r.differs)...)
		}
	}
	for _, r := range newest {
		named = append(named, wordsOf(r.differs)...)
	}
	slices.Sort(named)
	named = slices.Compact(named)
	rows := differencesOfReadme(t, *readme)
	isNamed := func(line string) bool {
		return slices.ContainsFunc(named, func(words string) bool { return strings.Contains(line, words) })
	}
	for _, words := range named {
		if !slices.ContainsFunc(rows, func(line string) bool { return strings.Contains(line, words) }) {
			t.Errorf("README's tables of differences do not have: %s", words)
		}
	}
	for _, line := range rows {
		if !isNamed(line) {
			t.Errorf("no answer shows what README says: %s", line)
		}
	}
}

func wordsOf(differs []difference) (words []string) {
	for _, one := range differs {
		words = append(words, one.words)
	}
	return words
}
