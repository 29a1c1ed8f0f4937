package tailnet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fields are what an application can see in an answer, by name: the status, the headers that applications act on, and
// each member of a JSON object, an ID token or a redirect's query. What must differ between two servers (names, keys,
// moments, random values, the words for people) is replaced by what it is, so that all else can be compared.
type fields map[string]string

// absent stands for a field that an answer does not have.
const absent = "-"

// Not compared, because no application acts on them: Cache-Control, Content-Security-Policy and their like.
var comparedHeaders = []string{"Access-Control-Allow-Origin", "Allow"}

var (
	randomText = regexp.MustCompile(`^([0-9a-f]{32,}|[A-Za-z0-9_-]{40,})$`)
	digits     = regexp.MustCompile(`^[0-9]+$`)
)

func fieldsOf(t *testing.T, s *side, got *answer) fields {
	t.Helper()
	all := fields{"status": fmt.Sprint(got.status)}
	isRedirect := got.header.Get("Location") != ""
	if kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";"); kind != "" && got.body != "" && !isRedirect {
		all["media type"] = kind
	}
	for _, name := range comparedHeaders {
		if value := got.header.Get(name); value != "" {
			all[name] = s.shown(name, value)
		}
	}
	if challenge := got.header.Get("WWW-Authenticate"); challenge != "" {
		all["WWW-Authenticate"], _, _ = strings.Cut(challenge, " ")
	}
	if isRedirect {
		all.addLocation(t, s, got.header.Get("Location"))
	}
	switch object, isJSON := read([]byte(got.body)); {
	case isRedirect || got.body == "":
		// What a redirect says besides is for nobody.
	case isJSON:
		all.add(t, s, "", object)
	case strings.Contains(got.body, "<html"):
		all["body"] = "a page"
	default:
		all["body"] = "a text"
	}
	return all
}

// read keeps numbers as they are written.
func read(text []byte) (value any, isJSON bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	isJSON = json.Valid(text) && decoder.Decode(&value) == nil
	return value, isJSON
}

func (all fields) addLocation(t *testing.T, s *side, location string) {
	parsed, err := url.Parse(location)
	no(t, err)
	for name, values := range parsed.Query() {
		all["Location "+name] = s.shown(name, strings.Join(values, " and "))
	}
	fragment, err := url.ParseQuery(parsed.EscapedFragment())
	no(t, err)
	for name, values := range fragment {
		all["Location #"+name] = s.shown(name, strings.Join(values, " and "))
	}
	parsed.RawQuery, parsed.Fragment, parsed.RawFragment = "", "", ""
	all["Location"] = s.shown("Location", parsed.String())
}

// add takes each member of an object, and of the ID token in it.
func (all fields) add(t *testing.T, s *side, prefix string, value any) {
	object, isObject := value.(map[string]any)
	if !isObject {
		all[prefix+"body"] = s.shownValue("", value)
		return
	}
	issued, _ := object["iat"].(json.Number)
	for name, member := range object {
		number, isNumber := member.(json.Number)
		if isNumber && issued != "" && slices.Contains([]string{"iat", "exp", "nbf", "auth_time"}, name) {
			all[prefix+name] = since(t, issued, number, name)
			continue
		}
		text, _ := member.(string)
		parts := strings.Split(text, ".")
		if name != "id_token" || len(parts) != 3 {
			all[prefix+name] = s.shownValue(name, member)
			continue
		}
		for i, part := range []string{"id_token header ", "id_token "} {
			decoded, err := base64.RawURLEncoding.DecodeString(parts[i])
			no(t, err)
			claims, _ := read(decoded)
			all.add(t, s, part, claims)
		}
	}
}

// since is a moment, in seconds after the token's issue.
func since(t *testing.T, issued, number json.Number, name string) string {
	from, err := issued.Float64() // the Go tsidp writes 1.7e+09
	no(t, err)
	at, err := number.Float64()
	no(t, err)
	if age := from - at; name == "auth_time" && age >= 0 && age < 60 {
		return "+0 s" // the sign-in may have begun a second earlier
	}
	if age := float64(time.Now().Unix()) - from; name == "iat" && age >= -1 && age < 60 {
		return "now"
	}
	return fmt.Sprintf("%+.0f s", at-from)
}

func (s *side) shownValue(name string, value any) string {
	if device, isKnown := s.devices[name+" "+s.written(name, value)]; isKnown {
		return device
	}
	return s.written(name, value)
}

func (s *side) written(name string, value any) string {
	switch value := value.(type) {
	case string:
		return s.shown(name, value)
	case []any:
		var list []string
		for _, element := range value {
			list = append(list, s.shownValue(name, element))
		}
		slices.Sort(list) // the Go tsidp's order is random
		return "[" + strings.Join(list, " ") + "]"
	case map[string]any:
		var list []string
		for member, inner := range value {
			list = append(list, member+"="+s.shownValue(member, inner))
		}
		slices.Sort(list)
		return "{" + strings.Join(list, " ") + "}"
	case json.Number:
		if life, err := value.Int64(); name == "expires_in" && err == nil && life > 290 && life <= 300 {
			return "5 minutes" // or what is left of them
		}
		number, _ := new(big.Rat).SetString(value.String())
		return "number " + number.RatString()
	default:
		return fmt.Sprint(value)
	}
}

func (s *side) shown(name, text string) string {
	text = strings.ReplaceAll(text, s.issuer, "{issuer}")
	if s.client.ID != "" { // or it stands everywhere
		text = strings.NewReplacer(s.client.ID, "{client}", s.client.Secret, "{secret}").Replace(text)
	}
	switch _, err := time.Parse(time.RFC3339Nano, text); {
	case name == "error_description":
		return "a text"
	case err == nil:
		return "a moment"
	case randomText.MatchString(text), name == "kid" && digits.MatchString(text), (name == "sid" || name == "at_hash") && len(text) == 22:
		return "random"
	case strings.HasPrefix(text, "{issuer}/register/"):
		return "{issuer}/register/random"
	}
	return text
}

// difference is what one row of README's table of differences, named by some of its words, makes different in an answer:
// each `field: the Go tsidp's value → ours`, or with `whole` everything, our answer then having exactly these fields.
type difference struct {
	words  string
	fields []string
	whole  bool
}

func because(words string, fields ...string) difference { return difference{words, fields, false} }

func instead(words string, ours ...string) difference { return difference{words, ours, true} }

// compare fails for every field that differs and is not expected to, and for every expected one that does not.
func compare(t *testing.T, theirs, ours fields, expected []difference) {
	t.Helper()
	reasons := map[string]string{}
	for _, one := range expected {
		if one.whole && len(expected) == 1 {
			compareWhole(t, theirs, ours, one)
			return
		}
		for _, field := range one.fields {
			reasons[field] = one.words
		}
	}
	names := maps.Clone(theirs)
	maps.Copy(names, ours)
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, now := theirs.value(name), ours.value(name)
		if line := fmt.Sprintf("%s: %s → %s", name, before, now); before != now {
			if _, isExpected := reasons[line]; !isExpected {
				faults = append(faults, line)
			}
			delete(reasons, line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(reasons)) {
		faults = append(faults, fmt.Sprintf("not seen, though README says %q: %s", reasons[line], line))
	}
	if len(faults) > 0 {
		t.Errorf("no row of README says that these differ:\n%s", strings.Join(faults, "\n"))
	}
}

func compareWhole(t *testing.T, theirs, ours fields, expected difference) {
	t.Helper()
	if maps.Equal(theirs, ours) {
		t.Errorf("does not differ, though README says %q", expected.words)
	}
	if got := ours.lines(); !slices.Equal(got, slices.Sorted(slices.Values(expected.fields))) {
		t.Errorf("README says %q, and our answer should be\n%s\nbut is\n%s", expected.words,
			strings.Join(slices.Sorted(slices.Values(expected.fields)), "\n"), strings.Join(got, "\n"))
	}
}

func (all fields) value(name string) string {
	if value, isThere := all[name]; isThere {
		return value
	}
	return absent
}

func (all fields) lines() []string {
	var lines []string
	for name, value := range all {
		lines = append(lines, name+": "+value)
	}
	slices.Sort(lines)
	return lines
}

// differencesOfReadme are the rows of its tables about moving over from the Go tsidp.
func differencesOfReadme(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	no(t, err)
	_, section, found := strings.Cut(string(content), "\n## Moving over from the Go tsidp\n")
	if !found {
		t.Fatalf("%s has no such section", path)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []string
	inTable := false
	for _, line := range strings.Split(section, "\n") {
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case strings.HasPrefix(line, "|---"):
			inTable = true
		case inTable:
			rows = append(rows, strings.Trim(line, "| "))
		}
	}
	return rows
}
